"""Runs a script inside the virtual environment that has Celery (npm run services -- up python)."""
import os
import pathlib
import subprocess
import sys

SERVICES = pathlib.Path(__file__).resolve().parents[2] / 'scripts' / 'services.mjs'


def ensure_celery() -> None:
    """Returns inside the environment; outside of it, starts the running script again within."""
    if sys.prefix != sys.base_prefix:
        return
    said = subprocess.run(['node', SERVICES, 'up', 'python'], check=True, stdout=subprocess.PIPE, text=True).stdout
    python = said.split("'")[1]
    os.execv(python, [python, *sys.argv])
