"""A small pack that tests read and break."""

SMALL_PACK = {
    "model.yaml": """\
slug: small
version: "1"
edition: 1
name: Small model
summary: For tests.
method: staged
share: 0.8
floor: 0.5
about:
  description: A model for tests.
  attribution: Nobody.
  disclaimer: None needed.
sources:
  - ref: "000"
    title: The guide
""",
    "stages.yaml": """\
- slug: first
  number: 1
  name: First
  summary: The first stage.
  source: 000 p1
- slug: second
  number: 2
  name: Second
  summary: The second stage.
  source: 000 p2
""",
    "domains.yaml": """\
- slug: daily
  number: 1
  name: Work
  scope: What is done.
""",
    "practices/daily.yaml": """\
- slug: plan
  stage: 1
  title: Plan made
  text: There is a plan.
  question: Is there a plan?
  action: Make a plan.
  sources:
    - {slug: src-plan, ref: 000 p3}
- slug: guard
  stage: 2
  title: Guard set
  text: There is a guard.
  question: Is there a guard?
  action: Set a guard.
  must_have: true
  why: It is unsafe without.
  challenges: [danger]
  sources:
    - {slug: src-guard, ref: 000 p4}
""",
    "challenges.yaml": """\
- slug: danger
  stage: 2
  title: Danger
  challenge: There is danger.
  question: Does this hold you back? There is danger.
  action: Look out.
  outcome: Less danger.
  source: 000 p5
""",
}
