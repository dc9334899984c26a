"""What the page prices under other assumptions is what the program prices under them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.cleaning.customers import in_content_order
from analysis.cleaning.features import with_made_features
from analysis.segments.contacts import price_contacts
from analysis.segments.grid import assign
from analysis.segments.live_totals import letter_totals
from analysis.segments.offer_book import default_book
from analysis.segments.offers import Triggers, find_triggers
from analysis.segments.plans import price_plans, recommended
from analysis.settings import Model, Segments, Settings
from report import resources
from tests.analysis.made_up import by_risk
from tests.programs import PATIENCE

playwright = pytest.importorskip("playwright.sync_api")

OWN: dict[str, Any] = {"money": {"contact_cost": 60}}
SAYS = (
    "title intro unit thousands roubles loss saves price required customers cost gain pays own back"
)
OTHERS = [
    {"saves": ("share_saved", 0.045)},
    {"loss": ("loss_share", 0.85), "cost": ("contact_cost", 150.0)},
    {"required": ("required_return", 2.0)},
    {"unit": ("profit_unit", "roubles"), "cost": ("contact_cost", 0.05)},
    {
        "saves": ("share_saved", 0.2),
        "cost": ("contact_cost", 400.0),
        "required": ("required_return", 1.0),
    },
]


@pytest.fixture(scope="module")
def month() -> tuple[Any, Triggers]:
    assigned = with_made_features(assign(in_content_order(by_risk(700, 5)), Segments()))
    quick = Settings(model=Model(bootstrap_draws=100))
    return assigned, find_triggers(assigned, quick, 1, default_book())


def plan_of(month: tuple[Any, Triggers], changes: dict[str, Any]) -> tuple[Any, Any]:
    """Price the month under some settings: the plan that is recommended, and the page's numbers."""
    chosen = Settings.model_validate(changes)
    contacts = price_contacts(*month, chosen)
    plans = price_plans(contacts, chosen)
    plan, totals = recommended(plans), letter_totals(contacts, plans, chosen)
    assert totals is not None
    numbers = {
        "letters": totals.model_dump(),
        "money": chosen.money.model_dump(),
        "limits": {
            "contacts": chosen.offers.most_contacts,
            "budget": chosen.offers.budget_roubles,
            "fewest": chosen.privacy.smallest_cell,
        },
        "plan": {
            "customers": plan.customers,
            "cost": plan.cost_roubles,
            "gain": plan.gain_roubles,
        },
    }
    return plan, numbers


@pytest.fixture(params=[{}, {"offers": {"most_contacts": 150}}], ids=["no limit", "a limit"])
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    return OWN | dict(request.param)


@pytest.fixture
def page(
    browser: playwright.Browser, month: tuple[Any, Triggers], settings: dict[str, Any]
) -> Iterator[Any]:
    _, numbers = plan_of(month, settings)
    lines = "".join(f'<p data-says="{name}">{name}</p>' for name in [*SAYS.split()])
    script = Path(resources.templates() / "report.js").read_text("utf-8")
    opened = browser.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.set_content(
        '<html lang="en"><body><button class="theme"></button>'
        '<nav class="contents"><details></details></nav><section class="what-if" hidden>'
        f'<script type="application/json" id="what-if-data">{json.dumps(numbers)}</script>'
        f'{lines}<p data-says="money">RUB {{number}}</p></section>'
        f"<script>{script}</script></body></html>"
    )
    yield opened
    opened.close()


def shown(page: Any) -> dict[str, float]:
    found = page.eval_on_selector(".what-if", "node => ({...node.dataset})")
    return {key: float(found[key]) for key in ("customers", "cost", "gain")}


def choose(page: Any, other: dict[str, tuple[str, Any]]) -> None:
    for field, (_, value) in other.items():
        if field == "unit":
            page.select_option("#what-if-unit", value)
        else:
            page.fill(
                f"#what-if-{field}", str(value * 100 if field in ("saves", "loss") else value)
            )


def test_five_other_assumptions_are_priced_as_the_program_prices_them(
    page: Any, month: tuple[Any, Triggers], settings: dict[str, Any]
) -> None:
    own, numbers = plan_of(month, settings)
    assert shown(page)["customers"] == own.customers
    group = max(each["customers"] for each in numbers["letters"]["groups"])
    for other in OTHERS:
        choose(page, other)
        money = dict(other.values())
        plan, _ = plan_of(month, settings | {"money": settings["money"] | money})
        found = shown(page)
        assert plan.customers > 0
        assert abs(found["customers"] - plan.customers) <= group
        assert found["gain"] == pytest.approx(plan.gain_roubles, rel=0.005)
        page.click(".what-if button")
        assert shown(page) == {
            "customers": own.customers,
            "cost": own.cost_roubles,
            "gain": own.gain_roubles,
        }


def test_so_few_letters_that_they_would_tell_of_persons_go_to_nobody(
    page: Any, month: tuple[Any, Triggers]
) -> None:
    def at(number: int) -> int:
        """A price at which a letter pays for so many customers."""
        letter = price_contacts(*month, Settings()).letter
        saved = np.sort(letter.gain + letter.cost)[::-1]
        return round(float(saved[number - 1] + saved[number]) / 2)

    choose(page, {"cost": ("contact_cost", at(40))})
    assert shown(page)["customers"] > 5
    choose(page, {"cost": ("contact_cost", at(3))})
    assert shown(page) == {"customers": 0, "cost": 0, "gain": 0}


def test_an_assumption_that_is_none_is_marked_and_prices_nothing(page: Any) -> None:
    page.fill("#what-if-saves", "140")
    assert page.get_attribute("#what-if-saves", "aria-invalid") == "true"
    assert "—" in page.inner_text(".what-if dl")


def test_no_group_tells_of_fewer_than_five_customers(month: tuple[Any, Triggers]) -> None:
    for cost in (0.0, 60.0, 400.0):
        plan, numbers = plan_of(month, {"money": {"contact_cost": cost}})
        groups = numbers["letters"]["groups"]
        assert min(each["customers"] for each in groups) >= 5
        ends = [
            sum(each["customers"] for each in groups[:place]) for place in range(len(groups) + 1)
        ]
        assert plan.customers in ends


@pytest.mark.parametrize(("asked", "fewest"), [(12, 12), (1, 5)])
def test_a_shop_may_ask_for_larger_groups_but_not_for_smaller_ones(
    month: tuple[Any, Triggers], asked: int, fewest: int
) -> None:
    _, numbers = plan_of(month, OWN | {"privacy": {"smallest_cell": asked}})
    assert min(each["customers"] for each in numbers["letters"]["groups"]) == fewest
