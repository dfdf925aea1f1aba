"""Online endpoints that answer: processes of deployments, the router before them, and how both are told what to do."""
