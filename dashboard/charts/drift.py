"""Which parts move: how far each is from the weights that the run began with, relative to their length."""

from dashboard.charts import Chart

CHART = Chart(order=44, series=("drift.*",), unit="%", smooth=False, merge=True, logarithmic=False)
