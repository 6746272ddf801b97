"""Remote control as Python's client has it: `python control.py <command> <JSON of keyword arguments>` prints JSON.

`revoke`, `terminate` and `ping` are methods of app.control; `result.revoke` takes the id as `id`; others are those of inspect.
"""
import sys

from kombu.utils import json

from config import app


def main(command: str, text: str = '{}') -> None:
    arguments = json.loads(text)
    if command == 'result.revoke':
        answer = app.AsyncResult(arguments.pop('id')).revoke(**arguments)
    elif command in ('revoke', 'terminate', 'ping', 'broadcast'):
        answer = getattr(app.control, command)(**arguments)
    else:
        options = {name: arguments.pop(name) for name in ('destination', 'timeout', 'limit', 'pattern', 'matcher') if name in arguments}
        words = arguments.pop('words', [])
        answer = getattr(app.control.inspect(**options), command)(*words, **arguments)
    print(json.dumps(answer))


main(*sys.argv[1:])
