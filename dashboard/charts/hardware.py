"""What the machine does meanwhile, sampled once a second by the training itself."""

from dashboard.charts import Chart

CHART = Chart(
    order=60, x="sample", series=("cpu", "process_cpu", "gpu", "memory_used_percent"), unit="%",
    right=("memory", "gpu_memory"), right_unit="MB", logarithmic=False, smooth=False,
)  # fmt: skip
