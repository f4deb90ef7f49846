"""Everything that talks to AWS: the only place in this package that imports boto3 or Powertools."""
