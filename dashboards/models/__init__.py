"""What it adds up to: standings over time, the scopes they are added up in, the trends."""

from dashboards.models.commitments import Commitment, CommitmentQuerySet, OverdueTold
from dashboards.models.papers import (
    SCOPE_KINDS,
    Briefing,
    Report,
    ReportDelivery,
    ReportQuerySet,
    ReportSchedule,
)
from dashboards.models.peers import PeerConsent, PeerGroup, PeerMember, PeerRound
from dashboards.models.publications import (
    Publication,
    PublicationQuerySet,
    PublishedMember,
    PublishedStanding,
    PublishedTrend,
    held,
)
from dashboards.models.saved import SavedView
from dashboards.models.trends import (
    SCOPE_FIELD,
    Freshness,
    Scope,
    ScopeMember,
    ScopeMemberQuerySet,
    ScopeQuerySet,
    Standing,
    StandingQuerySet,
    Trend,
    TrendQuerySet,
    TrendSums,
    known_at,
)
from dashboards.models.what_if import WhatIfRun

__all__ = [
    "SCOPE_FIELD",
    "SCOPE_KINDS",
    "Briefing",
    "Commitment",
    "CommitmentQuerySet",
    "Freshness",
    "OverdueTold",
    "PeerConsent",
    "PeerGroup",
    "PeerMember",
    "PeerRound",
    "Publication",
    "PublicationQuerySet",
    "PublishedMember",
    "PublishedStanding",
    "PublishedTrend",
    "Report",
    "ReportDelivery",
    "ReportQuerySet",
    "ReportSchedule",
    "SavedView",
    "Scope",
    "ScopeMember",
    "ScopeMemberQuerySet",
    "ScopeQuerySet",
    "Standing",
    "StandingQuerySet",
    "Trend",
    "TrendQuerySet",
    "TrendSums",
    "WhatIfRun",
    "held",
    "known_at",
]
