"""What the training makes small: the loss of every batch, and of the evaluation after each epoch."""

from dashboard.charts import Chart

CHART = Chart(order=20, series=("loss",), epochs=("val.loss",))
