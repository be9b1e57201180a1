"""What each address answers to each persona; one module per app, gathered by tests/test_urls.py."""
