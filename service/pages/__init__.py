"""What people see: the enterprise's page, the embed, the administrator's page; clients of the API."""
