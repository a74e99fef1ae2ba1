"""What an answer says of the fields of a record, held against the record, for any schema."""
