"""Runs a script inside a virtual environment that has Celery, and makes that environment first if need be."""
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

PACKAGES = ['celery', 'brotli', 'backports.zstd', 'kombu[yaml,msgpack]', 'redis']


def ensure_celery() -> None:
    """Returns inside the environment; outside of it, starts the running script again within."""
    folder = pathlib.Path(os.environ.get('UMBEL_CELERY_VENV') or pathlib.Path(tempfile.gettempdir()) / 'umbel-celery-venv')
    if pathlib.Path(sys.prefix).resolve() == folder.resolve():
        return
    python = folder / 'bin' / 'python'
    ready = folder / '.ready'
    if not ready.exists() or ready.read_text() != ' '.join(PACKAGES):
        print(f'making a virtual environment with {", ".join(PACKAGES)} …', file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, '-m', 'pip', 'install', '--quiet', '--upgrade', *PACKAGES], check=True)
        ready.write_text(' '.join(PACKAGES))
    os.execv(python, [str(python), *sys.argv])
