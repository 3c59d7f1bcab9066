"""Growth in words, cards, charts and tables: for the tab of statistics and for the dashboard."""
