"""A worker in Python: the checksums of a body, whatever it is. It shakes hands, to look at its settings before it begins."""

import base64
import hashlib
import json
import sys


def main():
    setup = json.loads(sys.stdin.readline())["setup"]
    algorithms = algorithms_in(setup["settings"].get("algorithms", "sha256"))
    say(ready=True)
    for line in sys.stdin:
        work = json.loads(line)
        if "job" not in work:
            continue  # a workitem is to be given up: by the time this is read, it is done
        body = base64.b64decode(work["bodyBase64"])
        sums = {name: hashlib.new(name, body).hexdigest() for name in algorithms}
        say(job=work["job"], result={"bytes": len(body), **sums})


def algorithms_in(text):
    names = [name.strip().lower() for name in text.split(",")]
    for name in names:
        # Those without a size of their own would have to be told how long a checksum is wanted.
        if name not in hashlib.algorithms_guaranteed or hashlib.new(name).digest_size == 0:
            known = sorted(one for one in hashlib.algorithms_guaranteed if not one.startswith("shake"))
            sys.exit(f'algorithms: "{name}" is not among {", ".join(known)}')
    return names


def say(**answer):
    print(json.dumps(answer), flush=True)


main()
