"""Training without labels: how sure it is of the labels that it makes itself, and how many of them are right."""

from dashboard.charts import Chart

CHART = Chart(
    order=24, series=("pseudo.accuracy", "pseudo.taken", "pseudo.trust"), unit="%", logarithmic=False, optional=True,
)  # fmt: skip
