"""The product's JSON documents, field by field: drafts, configs, vendor files, decisions and receipts.

They follow data/config.schema.json, data/vendor.schema.json and banner/types.js; tests/core/test_documents.py compares
them. A `NotRequired` field may be missing because the schema makes it optional, or from documents of earlier releases.
"""
