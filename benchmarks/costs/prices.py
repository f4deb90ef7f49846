"""Unit prices of AWS in dollars: list prices of `REGION` at `DATE`, without free tier, discounts and taxes.

First tiers only: the highest volume in docs/costs.md stays below the second tiers.
"""

from dataclasses import dataclass

REGION, DATE = "us-east-1", "September 2026"
MILLION = 1_000_000
GB = 2**30

_AWS = "https://aws.amazon.com"
_CLOUDWATCH = f"{_AWS}/cloudwatch/pricing/"
_DYNAMODB = f"{_AWS}/dynamodb/pricing/on-demand/"
_LAMBDA = f"{_AWS}/lambda/pricing/"
_SQS = f"{_AWS}/sqs/pricing/"
_SECRETS = f"{_AWS}/secrets-manager/pricing/"
_S3 = f"{_AWS}/s3/pricing/"


@dataclass(frozen=True, slots=True)
class Price:
    """`dollars` for `per` units of `what`; `free` units a month are always free.

    `checked` is false for a price that is commonly quoted but was not compared with AWS's price list.
    """

    what: str
    dollars: float
    per: int
    group: str
    source: str
    free: float = 0
    checked: bool = True

    @property
    def each(self) -> float:
        """Dollars for one unit."""
        return self.dollars / self.per


API_REQUEST = Price("HTTP API requests, 512 KB each", 1.00, MILLION, "API", f"{_AWS}/api-gateway/pricing/")
DATA_OUT = Price("GB sent to the internet", 0.09, 1, "API", f"{_AWS}/ec2/pricing/on-demand/", free=100)

INVOCATION = Price("Lambda requests", 0.20, MILLION, "Lambda", _LAMBDA, free=MILLION, checked=False)
GB_SECOND = {
    "arm64": Price("Lambda GB-seconds, arm64", 13.3334, MILLION, "Lambda", _LAMBDA, free=400_000, checked=False),
    "x86_64": Price("Lambda GB-seconds, x86-64", 16.6667, MILLION, "Lambda", _LAMBDA, free=400_000, checked=False),
}

WRITE = Price("DynamoDB write units, 1 KB each", 0.625, MILLION, "DynamoDB requests", _DYNAMODB)
READ = Price("DynamoDB read units, 4 KB each", 0.125, MILLION, "DynamoDB requests", _DYNAMODB)
STORED = Price("DynamoDB GB-months", 0.25, 1, "DynamoDB storage", _DYNAMODB, free=25)
RECOVERABLE = Price("DynamoDB GB-months recoverable to a point in time", 0.20, 1, "DynamoDB storage", _DYNAMODB)

SQS_REQUEST = Price("SQS requests, 64 KB each", 0.40, MILLION, "SQS", _SQS, free=MILLION)

LOGGED = Price("GB of logs ingested", 0.50, 1, "logs", _CLOUDWATCH, free=5)
LOGS_STORED = Price("GB-months of logs", 0.03, 1, "logs", _CLOUDWATCH)
METRIC = Price("custom metrics", 0.30, 1, "metrics, alarms, dashboard", _CLOUDWATCH, free=10)
ALARM = Price("metrics watched by alarms", 0.10, 1, "metrics, alarms, dashboard", _CLOUDWATCH, free=10)
METRIC_READ = Price("metrics read", 0.01, 1000, "metrics, alarms, dashboard", _CLOUDWATCH, checked=False)
DASHBOARD = Price("dashboards", 3.00, 1, "metrics, alarms, dashboard", _CLOUDWATCH, free=3, checked=False)

SECRET = Price("secrets", 0.40, 1, "secret", _SECRETS)
SECRET_CALL = Price("Secrets Manager calls", 0.05, 10_000, "secret", _SECRETS, checked=False)

S3_PUT = Price("S3 puts", 0.005, 1000, "S3", _S3)
S3_STORED = Price("S3 GB-months", 0.023, 1, "S3", _S3)
S3_GET = Price("S3 gets", 0.0004, 1000, "S3", _S3)
