"""How fast the training is, and how much of its time it only waits for data."""

from dashboard.charts import Chart

CHART = Chart(
    order=50, series=("images_per_second",), ratios={"waiting": ("data_seconds", "seconds")}, right_unit="%",
    unit="images/s", logarithmic=False,
)  # fmt: skip
