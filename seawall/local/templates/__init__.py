"""Templates of Resource Manager: what azure-ai-ml makes workspaces with. Loops (`copy`) aren't simulated."""
