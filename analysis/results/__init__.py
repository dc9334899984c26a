"""The numbers of an edition, typed and versioned.

Shares and probabilities are between 0 and 1, money in ``profit`` fields is in the unit of the
export, money in ``roubles`` fields in roubles, time in minutes. No field holds an id or the record
of one person.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.results.base import Bounds, Estimate, Interval, Part, Proportion, Rank
from analysis.results.changes import DiffResults, KeyFigures
from analysis.results.data import (
    Change,
    ControlTotal,
    Copies,
    DataResults,
    Finding,
    MonthTotals,
    Repair,
    SourceFile,
    UnseenError,
)
from analysis.results.drivers import (
    Agreement,
    BeeswarmCell,
    Dependence,
    DependenceBin,
    Driver,
    DriversResults,
)
from analysis.results.exploration import (
    CategoricalFeature,
    Decision,
    ExplorationResults,
    FeaturePair,
    Inflation,
    LevelShare,
    MonthByLevel,
    NumericFeature,
    ProfitTier,
    Rescored,
    WhatIf,
)
from analysis.results.history import History, LeftOutEdition, MonthSeen
from analysis.results.model import (
    ArchivedModel,
    CalibrationBin,
    CalibrationGap,
    Candidate,
    Ceiling,
    Claims,
    Corrected,
    CurvePoint,
    FeatureShift,
    Forecast,
    ForecastVariant,
    GroupClaim,
    HoldOut,
    Leavers,
    ModelResults,
    OutOfTime,
    Recalibration,
    TwoViews,
    Unusable,
    Variant,
)
from analysis.results.offers import (
    BookedOffer,
    Offer,
    OfferSums,
    OfferTerms,
    OfferTrigger,
    SkippedOffer,
    SkipReason,
    Trial,
    Written,
)
from analysis.results.plans import (
    Alternative,
    ByLevel,
    DepthPoint,
    DiscountWorth,
    FirstHalf,
    LeftOut,
    LetterGroup,
    LetterTotals,
    ListedCopies,
    NoLists,
    OtherOrder,
    Prospects,
    Sensitivity,
    Untried,
)
from analysis.results.proof import (
    Belief,
    Effect,
    HoldOutWorth,
    MailingSeen,
    ProofResults,
    SoFar,
    Verdict,
    WinBackBelief,
)
from analysis.results.record import TrackRecord
from analysis.results.segments import (
    CategoryShare,
    CategoryTest,
    ChosenSegment,
    Contrast,
    GridCell,
    IfUnsent,
    Limit,
    MoneyResults,
    Rule,
    RulesResults,
    SegmentsResults,
)
from analysis.results.verdicts import (
    Action,
    Cases,
    DataVerdicts,
    FunnelStep,
    Headline,
    LevelVerdicts,
    ModelVerdicts,
    MoneyVerdicts,
    RedLine,
    Verdicts,
)

__all__ = [
    "SCHEMA_VERSION",
    "Action",
    "Agreement",
    "Alternative",
    "ArchivedModel",
    "BeeswarmCell",
    "Belief",
    "BookedOffer",
    "Bounds",
    "ByLevel",
    "CalibrationBin",
    "CalibrationGap",
    "Candidate",
    "Cases",
    "CategoricalFeature",
    "CategoryShare",
    "CategoryTest",
    "Ceiling",
    "Change",
    "ChosenSegment",
    "Claims",
    "Contrast",
    "ControlTotal",
    "Copies",
    "Corrected",
    "CurvePoint",
    "DataResults",
    "DataVerdicts",
    "Decision",
    "Dependence",
    "DependenceBin",
    "DepthPoint",
    "DiscountWorth",
    "Driver",
    "DriversResults",
    "Effect",
    "Estimate",
    "ExplorationResults",
    "FeaturePair",
    "FeatureShift",
    "Finding",
    "FirstHalf",
    "Forecast",
    "ForecastVariant",
    "FunnelStep",
    "GridCell",
    "GroupClaim",
    "Headline",
    "History",
    "HoldOut",
    "HoldOutWorth",
    "IfUnsent",
    "Inflation",
    "Interval",
    "Leavers",
    "LeftOut",
    "LeftOutEdition",
    "LetterGroup",
    "LetterTotals",
    "LevelShare",
    "LevelVerdicts",
    "Limit",
    "ListedCopies",
    "MailingSeen",
    "ModelResults",
    "ModelVerdicts",
    "MoneyResults",
    "MoneyVerdicts",
    "MonthByLevel",
    "MonthSeen",
    "MonthTotals",
    "NoLists",
    "NumericFeature",
    "Offer",
    "OfferSums",
    "OfferTerms",
    "OfferTrigger",
    "OtherOrder",
    "OutOfTime",
    "Part",
    "ProfitTier",
    "ProofResults",
    "Proportion",
    "Prospects",
    "Rank",
    "Recalibration",
    "RedLine",
    "Repair",
    "Rescored",
    "Results",
    "Rule",
    "RulesResults",
    "SegmentsResults",
    "Sensitivity",
    "SkipReason",
    "SkippedOffer",
    "SoFar",
    "SourceFile",
    "TrackRecord",
    "Trial",
    "TwoViews",
    "UnseenError",
    "Untried",
    "Unusable",
    "Variant",
    "Verdict",
    "Verdicts",
    "WhatIf",
    "WinBackBelief",
    "Written",
]

SCHEMA_VERSION = 2


class Results(Part):
    """All results of one edition.

    ``changes`` are those against an earlier edition, where it was compared with one; ``trend`` the
    key figures of all earlier editions and this one, where there are any; ``history`` what the
    earlier snapshots of the data folder and this one show; ``track_record`` holds earlier editions
    against the levels that came, the newest first; ``left_out`` are earlier editions that are no
    longer what was sealed and were not read; ``verdicts`` what the report says first.
    """

    schema_version: int = SCHEMA_VERSION
    period: str
    kind: Literal["real", "sample"]
    seed: int
    settings: dict[str, dict[str, float | int | str | bool | list[str] | None]]
    data: DataResults
    exploration: ExplorationResults
    model: ModelResults
    drivers: DriversResults
    segments: SegmentsResults
    key_figures: KeyFigures | None = None
    changes: DiffResults | None = None
    trend: list[KeyFigures] = Field(default_factory=list)
    history: History = Field(default_factory=History)
    verdicts: Verdicts | None = None
    track_record: list[TrackRecord] = Field(default_factory=list)
    left_out: list[LeftOutEdition] = Field(default_factory=list)
