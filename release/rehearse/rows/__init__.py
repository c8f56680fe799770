"""Made-up rows that suit a schema."""
