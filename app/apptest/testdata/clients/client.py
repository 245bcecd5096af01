import requests

class SyftSpaceClient:
    def __init__(self, base_url: str, token: str):
        self.base_url = base_url
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json"
        }
    
    def create_dataset(self, name: str, dtype: str, config: dict):
        response = requests.post(
            f"{self.base_url}/api/v1/datasets/",
            json={
                "name": name,
                "dtype": dtype,
                "configuration": config
            },
            headers=self.headers
        )
        response.raise_for_status()
        return response.json()

# Usage
client = SyftSpaceClient(
    base_url="http://localhost:8080",
    token="your-token"
)

dataset = client.create_dataset(
    name="my-docs",
    dtype="local_file",
    config={"connection_override": None}
)
