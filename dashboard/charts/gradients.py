"""How steep the loss is for each part that trains: the norm of its gradient, before any clipping."""

from dashboard.charts import Chart

CHART = Chart(order=46, series=("gradient_norm.*",), merge=True)
