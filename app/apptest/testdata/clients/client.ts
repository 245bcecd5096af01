class SyftSpaceClient {
  constructor(
    private baseUrl: string,
    private token: string
  ) {}

  async createDataset(name: string, dtype: string, config: object) {
    const response = await fetch(
      `${this.baseUrl}/api/v1/datasets/`,
      {
        method: 'POST',
        headers: {
          'Authorization': `Bearer ${this.token}`,
          'Content-Type': 'application/json'
        },
        body: JSON.stringify({ name, dtype, configuration: config })
      }
    )

    if (!response.ok) {
      throw new Error(`HTTP ${response.status}: ${await response.text()}`)
    }

    return response.json()
  }
}

// Usage
const client = new SyftSpaceClient(
  'http://localhost:8080',
  'your-token'
)

const dataset = await client.createDataset(
  'my-docs',
  'local_file',
  { connection_override: null }
)
