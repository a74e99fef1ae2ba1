"""Secrets to plant: each kind as its issuer documents it, written apart from the rules.

A template's braces are filled at random: ``{a:36}`` is 36 letters and digits, and so on.
"""

import random
import re
import string

_ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "x": string.digits + "abcdef",
    "u": string.ascii_letters + string.digits + "-_",
    "b": string.ascii_letters + string.digits + "+/",
    "l": string.ascii_letters,
    "d": string.digits,
    "U": string.ascii_uppercase + string.digits,
    "s": string.ascii_uppercase + "234567",
    "h": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_HOLE = re.compile(r"\{(\w):(\d+)\}")

TEMPLATES: dict[str, str] = {
    "aws_access_key_id": "AKIA{s:16}",
    "aws_secret_access_key": "aws_secret_access_key = {b:40}",
    "azure_storage_key": "AccountName=data;AccountKey={b:86}==",
    "azure_client_secret": "{a:3}8Q~{a:34}",
    "gcp_api_key": "AIza{u:35}",
    "gcp_oauth_client_secret": "GOCSPX-{u:28}",
    "gcp_oauth_token": "ya29.{u:120}",
    "gcp_service_account": '"private_key_id": "{x:40}"',
    "openai_api_key": "sk-proj-{u:58}T3BlbkFJ{u:58}",
    "openai_legacy_key": "sk-{a:20}T3BlbkFJ{a:20}",
    "anthropic_api_key": "sk-ant-api03-{u:93}AA",
    "huggingface_token": "hf_{l:34}",
    "github_token": "ghp_{a:36}",
    "github_fine_grained_token": "github_pat_{a:22}_{a:59}",
    "github_oauth_token": "gho_{a:36}",
    "github_app_token": "ghs_{a:36}",
    "gitlab_token": "glpat-{u:20}",
    "gitlab_runner_token": "glrt-{u:20}",
    "slack_bot_token": "xoxb-{d:12}-{d:13}-{a:24}",
    "slack_user_token": "xoxp-{d:12}-{d:12}-{d:13}-{x:32}",
    "slack_app_token": "xapp-1-A{U:10}-{d:13}-{x:64}",
    "slack_webhook": "https://hooks.slack.com/services/T{U:8}/B{U:10}/{a:24}",
    "discord_webhook": "https://discord.com/api/webhooks/{d:18}/{u:68}",
    "discord_bot_token": "discord bot M{a:23}.{u:6}.{u:38}",
    "telegram_bot_token": "{d:10}:AA{u:33}",
    "stripe_secret_key": "sk_live_{a:24}",
    "stripe_webhook_secret": "whsec_{a:32}",
    "square_access_token": "EAAA{u:60}",
    "square_oauth_secret": "sq0csp-{u:43}",
    "shopify_token": "shpat_{x:32}",
    "twilio_api_key": "SK{x:32}",
    "sendgrid_api_key": "SG.{u:22}.{u:43}",
    "mailgun_api_key": "key-{x:32}",
    "mailchimp_api_key": "{x:32}-us{d:2}",
    "digitalocean_token": "dop_v1_{x:64}",
    "heroku_api_key": "HRKU-AA{u:58}",
    "databricks_token": "dapi{x:32}",
    "grafana_token": "glsa_{a:32}_{x:8}",
    "vault_token": "hvs.{u:95}",
    "terraform_token": "{a:14}.atlasv1.{a:67}",
    "npm_token": "npm_{a:36}",
    "pypi_token": "pypi-AgEIcHlwaS5vcmc{u:130}",
    "rubygems_token": "rubygems_{x:48}",
    "docker_token": "dckr_pat_{u:27}",
    "linear_api_key": "lin_api_{a:40}",
    "notion_token": "ntn_{d:11}{a:35}",
    "figma_token": "figd_{u:40}",
    "postman_api_key": "PMAK-{x:24}-{x:34}",
    "planetscale_token": "pscale_tkn_{u:43}",
    "newrelic_user_key": "NRAK-{U:27}",
    "sentry_token": "sntryu_{x:64}",
    "atlassian_token": "ATATT3xFfGF0{u:180}",
    "doppler_token": "dp.pt.{a:43}",
    "age_secret_key": "AGE-SECRET-KEY-1{h:58}",
    "private_key": "-----BEGIN PRIVATE KEY-----\n{b:64}\n{b:64}\n-----END PRIVATE KEY-----",
    "pgp_private_key": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{b:64}\n{b:64}\n=abcd",
    "json_web_token": "eyJhbGciOiJIUzI1NiJ9.eyJ{u:60}.{u:43}",
    "url_credentials": "postgres://app:{a:20}@db.internal:5432/orders",
    "assigned_secret": "api_key = {a:32}",
}


def make(kind: str, generator: random.Random) -> str:
    """Make up one secret of a kind."""

    def fill(hole: "re.Match[str]") -> str:
        return "".join(generator.choices(_ALPHABETS[hole[1]], k=int(hole[2])))

    return _HOLE.sub(fill, TEMPLATES[kind])
