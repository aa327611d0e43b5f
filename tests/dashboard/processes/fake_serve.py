"""Stands in for `python -m engine serve` in tests: the kind of a job says how to answer it."""

import json
import os
import subprocess
import sys
import time


def say(number, **answer):
    print(json.dumps({"id": number, **answer}), flush=True)


for line in sys.stdin:
    job = json.loads(line)
    number, kind, arguments = job["id"], job["kind"], job["arguments"]
    if kind != "vanish at once":
        print(job["mark"], file=sys.stderr, flush=True)
    if kind == "echo":
        say(number, result={"arguments": arguments, "pid": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]})
    elif kind == "slow":
        say(number, progress=0.25, text="a quarter")
        time.sleep(600)
    elif kind == "family":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(number, progress=0.5, text=f"{os.getpid()} {child.pid}")
        time.sleep(600)
    elif kind == "late":
        while not os.path.exists(arguments["sign"]):
            time.sleep(0.01)
        say(number, result="begun")
    elif kind == "helper":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(number, progress=0.5, text=str(child.pid))
        say(number, error=f"the helper ended with {child.wait()}")
    elif kind == "on sign":
        say(number, progress=0.5)
        while not os.path.exists(arguments["sign"]):
            time.sleep(0.01)
        say(number, result="seen")
    elif kind == "refuse":
        say(number, error="the image has too many pixels", coded={"code": "upload_large", "values": {"size": "9 x 9"}})
    elif kind == "die":
        print("\n".join(f"line {i}" for i in range(1000)), file=sys.stderr)
        print("MemoryError: no more", file=sys.stderr)
        sys.exit(7)
    elif kind == "complain":
        print("Traceback of this job", file=sys.stderr, flush=True)
        say(number, error="the job went wrong")
    elif kind in ("vanish", "vanish at once"):
        sys.exit(9)
    elif kind == "babble":
        print("a library prints this")
        print("[1, 2]")
        say(number - 1, result="of an older job")
        say(number, progress="half", text=None)
        say(number, result=[1, float("nan")])
