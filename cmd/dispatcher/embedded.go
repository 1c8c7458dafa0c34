package main

import (
	_ "time/tzdata" // the zones of TZ and of rules, where the system has none, as in the image

	_ "golang.org/x/crypto/x509roots/fallback" // the authorities that Mozilla trusts, where the system has none
)
