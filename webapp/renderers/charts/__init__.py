"""Charts as vectors, drawn from the parts of a report, for paper, images and pages without scripts.

Each function returns one ``<svg>`` with the colours of paper as attributes and a class on everything, so that a page
can colour it anew (``static/css/drawn.css``). Texts inside are numbers, days and weekdays alone: words of people may
hold signs that vector images cannot show, and stand beside the image.
"""
