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

# Version 2: "plan" is split into two of stage 1, "guard" is called "watch" and asked at stage 1 already,
# "drill" is new at stage 2, and "danger" stays where it is.
SECOND_PACK = SMALL_PACK | {
    "model.yaml": SMALL_PACK["model.yaml"].replace('version: "1"', 'version: "2"'),
    "practices/daily.yaml": """\
- slug: plan-written
  successor_of: plan
  stage: 1
  title: Plan written
  text: There is a written plan.
  question: Is the plan written?
  action: Write the plan.
  sources:
    - {slug: src-plan, ref: 000 p3}
- slug: plan-funded
  successor_of: plan
  stage: 1
  title: Plan funded
  text: The plan has money.
  question: Does the plan have money?
  action: Find money.
  sources:
    - {slug: src-plan, ref: 000 p3}
- slug: watch
  successor_of: guard
  stage: 1
  title: Watch set
  text: There is a watch.
  question: Is there a watch?
  action: Set a watch.
  must_have: true
  why: It is unsafe without.
  challenges: [danger]
  sources:
    - {slug: src-guard, ref: 000 p4}
- slug: drill
  stage: 2
  title: Drill held
  text: There are drills.
  question: Are there drills?
  action: Hold drills.
  sources:
    - {slug: src-guard, ref: 000 p4}
""",
}
