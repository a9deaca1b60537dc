package ext

// TrustParams are the params of airside/trust. A client that knows of itself
// whom its user trusts sends Trusted alone, for all folders of the session; it
// has said so first in initializationOptions.trusted. With URI the server keeps
// it of that folder, or of the repository that the folder lies in.
type TrustParams struct {
	Trusted *bool  `json:"trusted"`
	URI     string `json:"uri"`
	// Asked says that the user was told of a folder that is not trusted, which is
	// done once: TrustStatus.Ask is false from then on.
	Asked bool `json:"asked"`
}

// TrustStatus tells of a folder with a repository that is not trusted, where
// airside only completes: the repository is not opened, and nothing of it
// remembered. There is none while all are trusted.
type TrustStatus struct {
	Folder  string `json:"folder"`             // the first that is not
	Ask     bool   `json:"ask"`                // the user was never told of it
	Message string `json:"message" say:"user"` // why, and what to do
}
