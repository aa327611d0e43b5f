"""Training without labels: which classes it thinks the images are of, epoch by epoch."""

from dashboard.charts import Chart

CHART = Chart(
    order=26, kind="classes", epochs=("pseudo.balance",), unit="%", logarithmic=False, smooth=False, optional=True,
)  # fmt: skip
