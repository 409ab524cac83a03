"""A real S3 server: SeaweedFS, started in a folder of its own on free ports of 127.0.0.1."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

KEY, SECRET, BUCKET = "tests", "of-tests-only", "evidence"
PATIENCE = 90  # seconds until it answers
STEP = 10_000  # SeaweedFS listens for gRPC on each port plus this


def free_ports(count):
    """Return ports that are free, and of which those for gRPC are free too."""
    held, ports = [], []
    while len(ports) < count:
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        held.append(one)
        port = one.getsockname()[1]
        if port + STEP < 65_536:
            with contextlib.suppress(OSError), socket.socket() as other:
                other.bind(("127.0.0.1", port + STEP))
                ports.append(port)
    for one in held:
        one.close()
    return ports


@contextlib.contextmanager
def server(folder):
    """Give the address of a server with an empty bucket, as the setting ZHIPING_S3 has it."""
    import boto3
    import botocore.exceptions

    master, volume, filer, s3 = free_ports(4)
    known = {
        "name": KEY,
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [known]}))
    (folder / "data").mkdir()
    command = [
        str(Path(sys.executable).parent / "weed"), "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
        "-s3", f"-s3.port={s3}", f"-s3.config={folder / 's3.json'}", "-volume.max=4",
        "-master.volumeSizeLimitMB=256",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env=os.environ | {"HOME": str(folder)}
        )
    try:
        address = f"http://127.0.0.1:{s3}"
        client = boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        end = time.monotonic() + PATIENCE
        while True:
            try:
                client.create_bucket(Bucket=BUCKET)
                break
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                assert process.poll() is None, (folder / "log").read_text()[-2000:]
                assert time.monotonic() < end, (folder / "log").read_text()[-2000:]
                time.sleep(0.5)
        yield f"http://{KEY}:{SECRET}@127.0.0.1:{s3}/{BUCKET}"
    finally:
        process.kill()
        process.wait()
