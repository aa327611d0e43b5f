"""Percent of images named right: every training batch, the evaluation after each epoch, and what is to be beaten."""

from dashboard.charts import Chart

CHART = Chart(
    order=10, series=("accuracy",), epochs=("val.top1", "val.ema_top1"), unit="%", complement=True,
    logarithmic=False, beat="zero_shot",
)  # fmt: skip
