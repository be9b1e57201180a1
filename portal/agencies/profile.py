"""The fields of an agency's profile, as data, and the check of what is entered. Pure.

They come from the guide's own description of agencies. What the portal can work out is not asked: the
components (the tree below) and the current stage (the latest approved assessment).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from portal.agencies.text import fault_of, one_line, quoted

Value = str | int | bool | list[str]
MOST_CHARACTERS = 2000
MOST_NUMBER = 10_000_000


class InvalidValue(ValueError):
    """What was entered does not fit the field; the text names the field and what would be right."""


@dataclass(frozen=True)
class ProfileField:
    """One field. `choices`: stored word to label. `other_words`: what files say instead of a choice."""

    slug: str
    label: str
    kind: str  # choice, multi, number, text, yes-no
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    lowest: int = 0
    highest: int = MOST_NUMBER
    other_words: Mapping[str, str] = field(default_factory=dict)


def _field(slug: str, label: str, kind: str, hint: str = "", **choices: str) -> ProfileField:
    return ProfileField(
        slug, label, kind, {key.replace("_", "-"): text for key, text in choices.items()}, hint
    )


FIELDS: tuple[ProfileField, ...] = (
    _field(
        "type",
        "Type",
        "choice",
        cabinet_level="Cabinet-level",
        with_components="With components",
        other="Other",
    ),
    ProfileField(
        "branch",
        "Branch",
        "choice",
        {
            "executive": "Executive",
            "independent": "Independent",
            "legislative": "Legislative",
            "judicial": "Judicial",
        },
        other_words={
            "federal - executive": "executive",
            "federal - legislative": "legislative",
            "federal - judicial": "judicial",
        },
    ),
    _field(
        "cfo_act",
        "CFO Act agency",
        "yes-no",
        "One of the 24 agencies named in the Chief Financial Officers Act.",
    ),
    _field("size", "Size", "choice", small="Small", mid="Mid-size", large="Large"),
    ProfileField(
        "target_stage", "Target stage", "number", hint="The stage you aim at, 1 to 5.", lowest=1, highest=5
    ),
    _field(
        "delivery_models",
        "Delivery models in use",
        "multi",
        container_as_a_service="Container as a service",
        container_paas="Container PaaS",
        orchestration_as_a_service="Orchestration and Kubernetes as a service",
        fully_managed="Fully managed service",
        full_autonomy="Full autonomy (infrastructure as a service)",
    ),
    _field(
        "providers",
        "Cloud providers",
        "multi",
        aws="AWS",
        azure="Azure",
        google="Google",
        other="Other",
        on_premises="On-premises",
    ),
    _field(
        "hosting",
        "Hosting mix",
        "multi",
        physical="Physical machines",
        vm="Virtual machines",
        cloud="Cloud",
    ),
    _field("nodes", "Container environment: nodes", "number", "How many machines run containers."),
    _field("containers", "Container environment: containers", "number", "How many run on a usual day."),
    _field(
        "development_practice",
        "Development practice",
        "choice",
        waterfall="Waterfall",
        agile="Agile",
        devops="DevOps",
        devsecops="DevSecOps",
    ),
    _field("skill", "Skill level", "choice", none="None", light="Light", moderate="Moderate", high="High"),
    _field(
        "modernization_budget",
        "Modernization budget",
        "choice",
        low="Low",
        medium="Medium",
        high="High",
    ),
    _field(
        "leadership_priority",
        "Leadership priority of modernization",
        "choice",
        low="Low",
        medium="Medium",
        high="High",
    ),
    _field(
        "distribution",
        "Distribution of the platform",
        "choice",
        "Upstream: the community's own releases. Downstream: a vendor's product built on them.",
        upstream="Upstream",
        downstream="Downstream",
    ),
    _field("distribution_product", "Product", "text", "The name of the distribution or product."),
    _field(
        "technologies",
        "Technologies in use",
        "multi",
        kubernetes="Kubernetes",
        docker="Docker",
        docker_swarm="Docker Swarm",
        podman="Podman",
        containerd="containerd",
        cri_o="CRI-O",
        mirantis="Mirantis Kubernetes System",
        aws_ecs="AWS ECS",
        azure_aks="Azure AKS",
        istio="Istio",
        linkerd="Linkerd",
        envoy="Envoy",
        prometheus="Prometheus",
        other="Other",
    ),
    _field(
        "existing_tools", "Existing tools by component", "text", "One line for each component and its tools."
    ),
    _field(
        "contracts",
        "Contract model",
        "choice",
        internal="Internal",
        managed="Managed",
        partner="Partner",
    ),
    _field("enterprise", "Enterprise", "yes-no", "Yes, if the functions of the agency depend on each other."),
    _field(
        "registry",
        "Registry kind",
        "multi",
        public="Public",
        private="Private",
        hosted="Hosted",
        iron_bank="Iron Bank",
    ),
    _field(
        "certification_needs",
        "Certification needs",
        "multi",
        fips="FIPS",
        nist="NIST",
        fedramp="FedRAMP",
        iso_27001="ISO-27001",
        hipaa="HIPAA",
        cis="CIS",
    ),
)
FIELDS_BY_SLUG: Mapping[str, ProfileField] = MappingProxyType({entry.slug: entry for entry in FIELDS})


def validate(entry: ProfileField, raw: object) -> Value | None:
    """What `raw` (a form's value or a cell of a file) says, ready to be stored; None where it says nothing.

    Choices are understood by their stored word or their label, in any case; several are separated by
    semicolons or commas. Raises InvalidValue.
    """
    if raw is None or raw == [] or (isinstance(raw, str) and not one_line(raw)):
        return None
    return _READERS[entry.kind](entry, raw)


def in_words(entry: ProfileField, value: Value) -> str:
    """A stored value as people read it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(entry.choices.get(one, one) for one in value)
    return entry.choices.get(value, value) if isinstance(value, str) else f"{value:,}"


def choice_of(entry: ProfileField, value: Value) -> str:
    """The one word that agencies are filtered by, "" for fields that have none."""
    if entry.kind == "yes-no":
        return "yes" if value else "no"
    return str(value) if entry.kind == "choice" else ""


def _choice(entry: ProfileField, raw: object) -> str:
    word = one_line(str(raw)).casefold()
    for key, label in entry.choices.items():
        if word in {key, label.casefold()}:
            return key
    if word in entry.other_words:
        return entry.other_words[word]
    raise InvalidValue(
        f"{entry.label}: {quoted(one_line(str(raw)))} is none of {', '.join(entry.choices.values())}."
    )


def _multi(entry: ProfileField, raw: object) -> list[str]:
    parts = raw.replace(";", ",").split(",") if isinstance(raw, str) else list(raw)  # type: ignore[call-overload]
    chosen = {_choice(entry, part) for part in parts if one_line(str(part))}
    return [key for key in entry.choices if key in chosen]  # in the order of the field, whatever was typed


def _number(entry: ProfileField, raw: object) -> int:
    text = one_line(str(raw)).replace(",", "")
    if (
        not (text.isascii() and text.isdigit() and len(text) <= 12)
        or not entry.lowest <= int(text) <= entry.highest
    ):
        limits = f"a whole number from {entry.lowest:,} to {entry.highest:,}"
        raise InvalidValue(f"{entry.label}: {quoted(raw)} is not {limits}.")
    return int(text)


def _text(entry: ProfileField, raw: object) -> str:
    lines = [one_line(line) for line in str(raw).splitlines()]
    text = "\n".join(lines).strip("\n")
    if reason := fault_of(text.replace("\n", " "), MOST_CHARACTERS):
        raise InvalidValue(f"{entry.label} {reason}.")
    return text


def _yes_no(entry: ProfileField, raw: object) -> bool:
    word = one_line(str(raw)).casefold()
    if word in {"yes", "true", "y", "t", "1"}:
        return True
    if word in {"no", "false", "n", "f", "0"}:
        return False
    raise InvalidValue(f"{entry.label}: {quoted(raw)} is neither yes nor no.")


_READERS: Mapping[str, Callable[[ProfileField, object], Value]] = {
    "choice": _choice,
    "multi": _multi,
    "number": _number,
    "text": _text,
    "yes-no": _yes_no,
}
