# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /dispatcher ./cmd/dispatcher

FROM scratch
COPY --from=build /dispatcher /dispatcher
# Nobody: the port is above 1024 and nothing is written.
USER 65534:65534
# The configuration is looked for at /etc/routr/dispatcher.yaml; CONFIG_PATH names another file.
EXPOSE 51901
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s CMD ["/dispatcher", "healthcheck"]
ENTRYPOINT ["/dispatcher"]
