"""The JSON documents of the product, field by field: what a draft, a config, a vendor file, a decision and a receipt hold.

They follow data/config.schema.json, data/vendor.schema.json and banner/types.js; tests/core/test_documents.py compares
them. Where a field is `NotRequired`, documents of earlier releases, or the schema, may leave it out.
"""
