"""The offers of the shop, as its file says them, and everything that is wrong with such a file.

``offers.toml`` in the data folder, else the one beside this module: code, names, whom an offer
suits and in which words, what a contact costs and what is given. Nothing of it is said elsewhere.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from analysis.campaigns.mailings import LETTER_ENDING
from analysis.cleaning.features import ENGINEERED, NUMERIC
from analysis.money import DiscountBase
from analysis.segments.plain_rules import RULES, Condition, Rule
from analysis.settings import Money
from analysis.snapshot.errors import shown
from analysis.toml_files import as_written, read_toml

OFFERS_FILE = "offers.toml"
DEFAULT_FILE = Path(__file__).with_name(OFFERS_FILE)

LANGUAGES = ("ru", "en")
"""Languages in which every offer has a name and a sentence; more may be given."""

TRIGGER_FEATURES = (*NUMERIC, *ENGINEERED, "minutes_mean", "revenue_total", "profit")
"""Features that may trigger an offer. Those that hold two numbers of a customer against each other
(``ENGINEERED``) count as relative changes: -0.2 is a fifth less."""

USUAL, LEARNT, TELLING = "usual", "learnt", "telling"
RESERVED_CODES = ("all", "overview")

_CODE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_WHOLE_FILE = "—"


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a file of offers.

    Attributes
    ----------
    code : str
        Its text lies in ``templates/words/*/messages/offers.toml``.
    offer : str
        Code of the offer, or its place in the file.
    key : str
        Such as ``trigger.threshold``.
    seen : str
        What stands there.
    fields : mapping of str to str
        Further values for the text.
    """

    code: str
    offer: str = _WHOLE_FILE
    key: str = ""
    seen: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


class OfferBookError(Exception):
    """A file of offers cannot be used; ``mistakes`` holds every one found, not only the first."""

    def __init__(self, file: Path, mistakes: Sequence[Mistake]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "; ".join(f"{each.offer} {each.key}: {each.code}" for each in self.mistakes)


def _wrong(code: str, **fields: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{code}", {"code": code, **fields})


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _demand(code: str, holds: Callable[[Any], bool], **fields: str) -> BeforeValidator:
    """Refuse, under a code of a mistake, whatever does not hold; None is always left alone."""

    def checked(value: Any) -> Any:
        if value is not None and not holds(value):
            raise _wrong(code, **fields)
        return value

    return BeforeValidator(checked)


def _one_of(*known: str) -> BeforeValidator:
    def checked(value: Any) -> Any:
        if value is not None and value not in known:
            raise _wrong("offer_wants_one_of", known=", ".join(known))
        return value

    return BeforeValidator(checked)


def _texts(*needed: str) -> BeforeValidator:
    """Demand a text by language, in each of the languages that are needed."""

    def checked(value: Any) -> Any:
        if value is None:
            return value
        if not isinstance(value, dict) or not value:
            raise _wrong("offer_wants_texts")
        if lacking := [language for language in needed if language not in value]:
            raise _wrong("offer_lacks_language", languages=", ".join(lacking))
        for language, text in value.items():
            if not isinstance(text, str) or not text.strip():
                raise _wrong("offer_wants_text", language=language)
        return value

    return BeforeValidator(checked)


def _is_share(value: object) -> bool:
    return _number(value) and 0 <= value <= 1  # type: ignore[operator]


def _is_roubles(value: object) -> bool:
    return _number(value) and 0 <= value < float("inf")  # type: ignore[operator]


def _is_threshold(value: object) -> bool:
    return value == LEARNT or (_number(value) and abs(value) < float("inf"))  # type: ignore[arg-type]


def _is_category(value: object) -> bool:
    listed = isinstance(value, list) and value and all(isinstance(each, str) for each in value)
    return value == TELLING or bool(listed)


Share = Annotated[float, _demand("offer_wants_share", _is_share)]
Roubles = Annotated[float, _demand("offer_wants_roubles", _is_roubles)]
Texts = Annotated[dict[str, str], _texts(*LANGUAGES)]
Letter = Annotated[dict[str, str], _texts()]


class Entry(BaseModel):
    """Part of the file: an unknown key is a mistake, and nothing is changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Trigger(Entry):
    """Whom an offer suits: one of ``rule``, ``feature``, ``category``, ``level``, ``everyone``.

    Attributes
    ----------
    rule
        Code of a plain rule; who comes under it if the month bears it out.
    feature, side, threshold, quantile
        At a threshold of a feature or beyond it, ``below`` or ``above``. The threshold is a number,
        or ``learnt`` from the month as the rules learn theirs, and like these must be borne out; or
        it is a quantile of the month's customers, and only those beyond it are meant.
    category
        Favourite categories, or ``telling``: those in which decline is really more frequent.
    level
        As the export gives it.
    everyone
        True for an offer that suits all.
    """

    rule: Annotated[str, _one_of(*(rule.code for rule in RULES))] | None = None
    feature: Annotated[str, _one_of(*TRIGGER_FEATURES)] | None = None
    side: Annotated[Literal["below", "above"], _one_of("below", "above")] | None = None
    threshold: (
        Annotated[float | Literal["learnt"], _demand("offer_wants_threshold", _is_threshold)] | None
    ) = None
    quantile: Share | None = None
    category: (
        Annotated[list[str] | Literal["telling"], _demand("offer_wants_category", _is_category)]
        | None
    ) = None
    level: Annotated[Literal["declined", "steady"], _one_of("declined", "steady")] | None = None
    everyone: (
        Annotated[Literal[True], _demand("offer_wants_true", lambda value: value is True)] | None
    ) = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        kinds = [name for name in KINDS if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise _wrong("offer_trigger_kinds", known=", ".join(KINDS))
        beside = [name for name in _OF_A_FEATURE if getattr(self, name) is not None]
        if self.feature is None and beside:
            raise _wrong("offer_trigger_beside", beside=", ".join(beside), kind=kinds[0])
        if self.feature is not None and (
            self.side is None or (self.threshold is None) == (self.quantile is None)
        ):
            raise _wrong("offer_trigger_feature")
        return self

    @property
    def kind(self) -> Kind:
        """What it looks at."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def learnt_rule(self) -> Rule | None:
        """The rule that is learnt for it: a plain rule, or one of its own."""
        if self.rule is not None:
            return next(rule for rule in RULES if rule.code == self.rule)
        if self.feature is None or self.side is None or self.threshold != LEARNT:
            return None
        only = (Condition(self.feature, self.side),)
        own = Rule(f"{self.feature}_{self.side}", only)
        return next((rule for rule in RULES if rule.conditions == only), own)

    @property
    def looks_at(self) -> str:
        """The feature whose threshold it is, or ``category``, ``level``; empty for everyone."""
        rule = self.learnt_rule
        if rule is not None:
            return rule.conditions[0].feature
        return self.feature or ("" if self.kind == "everyone" else self.kind)

    @property
    def has_threshold(self) -> bool:
        """Whether it comes down to one number."""
        rule = self.learnt_rule
        return self.feature is not None if rule is None else len(rule.conditions) == 1


Kind = Literal["rule", "feature", "category", "level", "everyone"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_OF_A_FEATURE = ("side", "threshold", "quantile")


class OfferKind(Entry):
    """An offer: what it is called, whom it suits, what it costs, what is given.

    Attributes
    ----------
    code
        In files and results.
    trigger
        Whom it suits.
    discount
        A share of ``discount_of``; ``usual`` is the one in the settings, 0 none.
    contact_cost, share_saved
        In place of those in the settings; the share is then that of everyone, to be kept or to be
        won back.
    priority
        Of offers that gain as much the first is made: those with a number before those without,
        which follow in the order of the file.
    names, says
        By language: its name, and the sentence of the report, which may name ``{threshold}``,
        ``{discount}`` and ``{categories}``.
    letter, letter_without_discount
        By language, what the customer reads; passed on as it is.
    """

    code: str
    trigger: Annotated[
        Trigger,
        _demand(
            "offer_wants_trigger",
            lambda value: isinstance(value, dict | Trigger),
            known=", ".join(rule.code for rule in RULES),
        ),
    ]
    discount: Annotated[
        float | Literal["usual"],
        _demand("offer_wants_discount", lambda value: value == USUAL or _is_share(value)),
    ] = 0.0
    discount_of: Annotated[DiscountBase, _one_of(*get_args(DiscountBase))] = "month_revenue"
    contact_cost: Roubles | None = None
    share_saved: Share | None = None
    priority: (
        Annotated[int, _demand("offer_wants_whole", lambda value: type(value) is int)] | None
    ) = None
    names: Texts
    says: Texts
    letter: Letter | None = None
    letter_without_discount: Letter | None = None

    @field_validator("code", mode="before")
    @classmethod
    def _fit_for_files(cls, code: Any) -> Any:
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise _wrong("offer_code_malformed")
        if code in RESERVED_CODES or code.endswith(LETTER_ENDING):
            raise _wrong("offer_code_reserved")
        return code

    @field_validator("says")
    @classmethod
    def _names_what_there_is(cls, says: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        trigger, discount = info.data.get("trigger"), info.data.get("discount")
        if trigger is None or discount is None:
            return says
        known = [
            *(["threshold"] if trigger.has_threshold else []),
            *(["discount"] if discount != 0 else []),
            *(["categories"] if trigger.category is not None else []),
        ]
        for language, text in says.items():
            strange = _placeholders(text) - set(known)
            if strange:
                raise _wrong(
                    "offer_placeholder" if known else "offer_placeholder_of_none",
                    language=language,
                    placeholders=", ".join(sorted(strange)),
                    known=", ".join(f"{{{name}}}" for name in known),
                )
        return says

    @model_validator(mode="after")
    def _gives_what_it_describes(self) -> Self:
        for key in ("discount_of", "letter_without_discount"):
            usual = type(self).model_fields[key].default
            if not self.discounted and getattr(self, key) != usual:
                raise _wrong("offer_needs_discount", about=key)
        return self

    @property
    def discounted(self) -> bool:
        """Whether anything is given besides the contact."""
        return self.discount != 0

    def rate(self, money: Money) -> float:
        """Give its discount, as a share."""
        return money.discount if self.discount == USUAL else float(self.discount)

    def contact(self, money: Money) -> float:
        """Give the cost of a contact without the discount, in roubles."""
        return money.contact_cost if self.contact_cost is None else self.contact_cost

    def saves(self, money: Money) -> float:
        """Give the share of the exposed profit that it is assumed to save.

        Of those to be kept; by ``money.to_win_back``, of those to be won back.
        """
        if self.share_saved is not None:
            return self.share_saved
        if self.discounted and money.discount_share_saved is not None:
            return money.discount_share_saved
        return money.share_saved


def _placeholders(text: str) -> set[str]:
    """List what stands in braces; the whole text where braces do not match."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return {text}
    return {
        f"{name}{f'!{turned}' if turned else ''}{f':{form}' if form else ''}"
        for _, name, form, turned in parts
        if name is not None
    }


class OfferBook(Entry):
    """All offers of the shop, in the order of their priority among those that gain as much."""

    offers: tuple[OfferKind, ...]

    @field_validator("offers")
    @classmethod
    def _in_order(cls, offers: tuple[OfferKind, ...]) -> tuple[OfferKind, ...]:
        for mistake in _of_the_whole(offers):
            raise _wrong(mistake.code, **mistake.fields)
        numbered = sorted(
            (kind for kind in offers if kind.priority is not None),
            key=lambda kind: kind.priority or 0,
        )
        return (*numbered, *(kind for kind in offers if kind.priority is None))

    @property
    def discounts(self) -> tuple[str, ...]:
        """Codes of the offers with a discount."""
        return tuple(kind.code for kind in self.offers if kind.discounted)

    @property
    def plain(self) -> OfferKind:
        """The plain letter, for whom no other fits: the last without discount for everyone."""
        return next(kind for kind in reversed(self.offers) if _is_plain(kind))

    def moved(self, setting: str, times: float) -> OfferBook:
        """Give the book with every price of its own that a setting stands for times a factor."""
        if setting not in ("contact_cost", "discount"):
            return self
        return self.model_copy(
            update={"offers": tuple(_moved(kind, setting, times) for kind in self.offers)}
        )


def _moved(kind: OfferKind, setting: str, times: float) -> OfferKind:
    own = getattr(kind, setting)
    if own is None or own == USUAL:
        return kind
    most = 1.0 if setting == "discount" else float("inf")
    return kind.model_copy(update={setting: min(own * times, most)})


def _is_plain(kind: OfferKind) -> bool:
    return kind.trigger.everyone is True and not kind.discounted


def _may_be_plain(entry: object) -> bool:
    """Tell whether an entry that is not sound may be meant as the plain letter."""
    trigger = entry.get("trigger") if isinstance(entry, dict) else None
    if not isinstance(trigger, dict):
        return True
    return "everyone" in trigger or not any(kind in trigger for kind in KINDS)


def _of_the_whole(offers: Sequence[OfferKind], unsound: Sequence[object] = ()) -> list[Mistake]:
    """Find what is wrong between offers that are each sound, whatever the others may mean."""
    found = []
    if not offers and not unsound:
        return [Mistake("no_offers")]
    for code, count in Counter(kind.code for kind in offers).items():
        if count > 1:
            found.append(Mistake("offer_code_twice", code, "code", f'"{code}"'))
    for language in sorted({language for kind in offers for language in kind.names}):
        named = Counter(kind.names[language] for kind in offers if language in kind.names)
        for kind in offers:
            name = kind.names.get(language)
            if name is not None and named.pop(name, 1) > 1:
                key = f"names.{language}"
                found.append(Mistake("offer_name_twice", kind.code, key, f'"{shown(name)}"'))
    if not any(_is_plain(kind) for kind in offers) and not any(map(_may_be_plain, unsound)):
        found.append(Mistake("no_plain_offer"))
    return found


def read_book(file: Path) -> OfferBook:
    """Read a file of offers.

    Raises
    ------
    OSError
        The file cannot be read.
    analysis.toml_files.TomlError
        It is not TOML.
    OfferBookError
        With everything that is wrong.
    """
    plain = read_toml(file)
    entries = plain.pop("offers", [])
    mistakes = [
        Mistake("offers_key_unknown", key=key, seen=_written(value)) for key, value in plain.items()
    ]
    if not isinstance(entries, list):
        entries = []
    sound, unsound = [], []
    for place, entry in enumerate(entries, 1):
        try:
            sound.append(OfferKind.model_validate(entry))
        except ValidationError as error:
            unsound.append(entry)
            mistakes += [_mistake(each, entry, place) for each in error.errors()]
    if sound or unsound or not mistakes:
        mistakes += _of_the_whole(sound, unsound)
    if mistakes:
        raise OfferBookError(file, mistakes)
    return OfferBook(offers=tuple(sound))


_KEYS: Mapping[str, type[Entry]] = {"": OfferKind, "trigger": Trigger}
_OF_PYDANTIC = {"extra_forbidden": "offer_key_unknown", "missing": "offer_key_missing"}


def _mistake(error: ErrorDetails, entry: Any, place: int) -> Mistake:
    code = entry.get("code") if isinstance(entry, dict) else None
    path = [str(part) for part in error["loc"]]
    parent = ".".join(path[:-1]) if error["type"] in _OF_PYDANTIC else ""
    known = _KEYS.get(parent, OfferKind).model_fields
    said = {name: str(value) for name, value in error.get("ctx", {}).items() if name != "code"}
    return Mistake(
        _OF_PYDANTIC.get(error["type"])
        or (error["type"] if error["type"].startswith("offer_") else "offer_wants_table"),
        shown(code) if isinstance(code, str) and code else f"#{place}",
        ".".join(path[:2]),
        "" if error["type"] == "missing" else _written(error["input"]),
        {"known": ", ".join(known), **said},
    )


def _written(value: object) -> str:
    return shown(as_written(value))


@cache
def default_book() -> OfferBook:
    """Give the offers that are made where the shop has no file of its own."""
    return read_book(DEFAULT_FILE)
