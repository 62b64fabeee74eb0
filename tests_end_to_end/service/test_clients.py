"""The generated clients speak with the running service."""

import os
import subprocess
import sys
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent.parent.parent / "clients"

PYTHON = """
import sys
from uuid import uuid4
from cliply_client import AuthenticatedClient, Client
from cliply_client.api.sign_in import register
from cliply_client.api.jobs import list_jobs
from cliply_client.models import NewAccount
address = sys.argv[1]
wish = NewAccount(email=f"{uuid4().hex}@example.com", password="a password of your own")
account = register.sync(client=Client(base_url=address), body=wish)
mine = AuthenticatedClient(base_url=address, token=account.tokens.access_token)
page = list_jobs.sync(client=mine)
print(page.total, page.data)
"""

TYPESCRIPT = """
import { connect } from "./dist/index.js";
const [address] = process.argv.slice(2);
const nobody = connect({ baseUrl: address, token: "none" });
const body = { email: `${crypto.randomUUID()}@example.com`, password: "a password of your own" };
const { data: account } = await nobody.POST("/api/auth/register", { body });
const me = connect({ baseUrl: address, token: account.tokens.access_token });
const { data: page } = await me.GET("/api/jobs");
console.log(page.total, JSON.stringify(page.data));
"""


def test_the_python_client_registers_and_lists_jobs(up: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(CLIENTS / "python")}
    told = subprocess.run(
        [sys.executable, "-c", PYTHON, up],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout == "0 []\n", told.stderr


def test_the_typescript_client_registers_and_lists_jobs(up: str) -> None:
    script = CLIENTS / "typescript" / "try.mjs"
    script.write_text(TYPESCRIPT)
    try:
        told = subprocess.run(
            ["node", script.name, up],
            cwd=script.parent,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        script.unlink()
    assert told.stdout == "0 []\n", told.stderr
