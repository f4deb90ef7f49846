"""Quotas of AWS, from its documentation in 2026."""

from dataclasses import dataclass

_DOCS = "https://docs.aws.amazon.com"
_DYNAMODB = f"{_DOCS}/amazondynamodb/latest/developerguide"
_LAMBDA = f"{_DOCS}/lambda/latest/dg"


@dataclass(frozen=True, slots=True)
class Quota:
    """A default `value`; `raised` says how to get more.

    `checked` is false for a value that is commonly quoted but was not compared with AWS's page.
    """

    value: int
    what: str
    raised: str
    page: str
    source: str
    checked: bool = True


API_RATE = Quota(
    10_000,
    "requests a second, all APIs of an account and region together (2,500 in the smaller regions)",
    "by request",
    "Amazon API Gateway quotas",
    f"{_DOCS}/apigateway/latest/developerguide/limits.html",
)
CONCURRENCY = Quota(
    1000,
    "concurrent invocations, all functions of an account and region together; new accounts may have fewer",
    "by request",
    "Understanding Lambda function scaling",
    f"{_LAMBDA}/lambda-concurrency.html",
)
PER_ENVIRONMENT = Quota(
    10,
    "requests a second for each of those, however short they are",
    "together with the quota above",
    "Lambda scaling behavior",
    f"{_LAMBDA}/scaling-behavior.html",
)
SCALING = Quota(
    1000,
    "more environments of one function in 10 seconds",
    "no",
    "Lambda scaling behavior",
    f"{_LAMBDA}/scaling-behavior.html",
)
MAX_CONCURRENCY = Quota(
    1000,
    "concurrent invocations for one queue, the largest MaximumConcurrency",
    "no",
    "Configuring scaling behavior for SQS event source mappings",
    f"{_LAMBDA}/services-sqs-scaling.html",
)
NEW_TABLE = Quota(
    4000,
    "write units a second of a new on-demand table, and of each of its indexes; then twice the last peak",
    "automatically, within 30 minutes for each doubling; immediately with WarmThroughput",
    "Understanding DynamoDB warm throughput in different scenarios",
    f"{_DYNAMODB}/warm-throughput-scenarios.html",
)
PARTITION = Quota(
    1000,
    "write units a second of one partition, and so of one key of an index",
    "no",
    "Best practices for designing and using partition keys effectively in DynamoDB",
    f"{_DYNAMODB}/bp-partition-key-design.html",
)
TABLE = Quota(
    40_000,
    "write units a second of an on-demand table; here its indexes count too, to be on the safe side",
    "by request",
    "Quotas in Amazon DynamoDB",
    f"{_DYNAMODB}/ServiceQuotas.html",
)
IN_FLIGHT = Quota(
    120_000,
    "in-flight messages of one queue, approximately",
    "by request",
    "Amazon SQS standard queue quotas",
    f"{_DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
)
SECRET_READS = Quota(
    10_000,
    "reads of secrets a second",
    "no",
    "AWS Secrets Manager quotas",
    f"{_DOCS}/secretsmanager/latest/userguide/reference_limits.html",
)
OBJECTS = Quota(
    3500,
    "objects written a second under one partitioned prefix, at least",
    "automatically, as S3 splits the prefix",
    "Best practices design patterns: optimizing Amazon S3 performance",
    f"{_DOCS}/AmazonS3/latest/userguide/optimizing-performance.html",
)
LOG_CALLS = Quota(
    5000,
    "calls of PutLogEvents a second; Lambda sends many lines in one",
    "by request",
    "CloudWatch Logs quotas",
    f"{_DOCS}/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
    checked=False,
)
