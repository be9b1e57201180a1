"""Pages of dashboards: the portfolio, the agencies, one agency."""
