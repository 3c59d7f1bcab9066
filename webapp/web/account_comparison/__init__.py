"""The accounts of a team beside each other: views, page, chart and the choice of accounts."""
