"""The demo's receipts, read through its API."""

import requests


def receipts_of(demo):
    token = demo.command("token", "create", "--scope", "receipts:read")
    answer = requests.get(
        f"{demo.url}/api/v1/sites/demo/receipts", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    return answer.json()["items"]
