"""What a tool's report says about the checks of a run, before a person takes it."""
