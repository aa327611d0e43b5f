"""The page: reads run folders, writes commands, starts training processes. Imports no torch."""

import os

# Before anything here imports Gradio: it reads its environment once, and would call home from its import on.
for _name in [name for name in os.environ if name.startswith("GRADIO_")]:
    del os.environ[_name]
os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
