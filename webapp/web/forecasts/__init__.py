"""The page of forecasts: what the next post may get, and what such forecasts were worth."""
