"""The bench: how long the portal takes, beside the least that anything could take. See docs/bench.md."""
