package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/fonoster/routr-dispatcher/test/conformance/gen"
	"github.com/fonoster/routr-dispatcher/test/conformance/gen/conformancepbconnect"
)

// service does what its requests ask for, as the suite's guide for servers has it.
type service struct {
	conformancepbconnect.UnimplementedConformanceServiceHandler
}

// Unary answers one request with one response.
func (service) Unary(ctx context.Context, req *connect.Request[conformancepb.UnaryRequest]) (
	*connect.Response[conformancepb.UnaryResponse], error,
) {
	seen := info(ctx, req.Header(), req.Peer().Query, req.Msg)
	return once(req.Msg.GetResponseDefinition(), seen,
		func(p *conformancepb.ConformancePayload) *conformancepb.UnaryResponse {
			return &conformancepb.UnaryResponse{Payload: p}
		})
}

// IdempotentUnary is Unary by GET.
func (service) IdempotentUnary(ctx context.Context, req *connect.Request[conformancepb.IdempotentUnaryRequest]) (
	*connect.Response[conformancepb.IdempotentUnaryResponse], error,
) {
	seen := info(ctx, req.Header(), req.Peer().Query, req.Msg)
	return once(req.Msg.GetResponseDefinition(), seen,
		func(p *conformancepb.ConformancePayload) *conformancepb.IdempotentUnaryResponse {
			return &conformancepb.IdempotentUnaryResponse{Payload: p}
		})
}

// ClientStream answers all requests with one response, which the first of them defines.
func (service) ClientStream(ctx context.Context, stream *connect.ClientStream[conformancepb.ClientStreamRequest]) (
	*connect.Response[conformancepb.ClientStreamResponse], error,
) {
	var all []proto.Message
	var def *conformancepb.UnaryResponseDefinition
	for stream.Receive() {
		if len(all) == 0 {
			def = stream.Msg().GetResponseDefinition()
		}
		all = append(all, proto.Clone(stream.Msg()))
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	seen := info(ctx, stream.RequestHeader(), nil, all...)
	return once(def, seen, func(p *conformancepb.ConformancePayload) *conformancepb.ClientStreamResponse {
		return &conformancepb.ClientStreamResponse{Payload: p}
	})
}

// once makes the one response that def asks for.
func once[T any](def *conformancepb.UnaryResponseDefinition, seen *conformancepb.ConformancePayload_RequestInfo,
	wrap func(*conformancepb.ConformancePayload) *T,
) (*connect.Response[T], error) {
	time.Sleep(time.Duration(def.GetResponseDelayMs()) * time.Millisecond)
	if e := def.GetError(); e != nil {
		err := failure(e, seen)
		add(err.Meta(), def.GetResponseHeaders())
		add(err.Meta(), def.GetResponseTrailers())
		return nil, err
	}
	resp := connect.NewResponse(wrap(&conformancepb.ConformancePayload{Data: def.GetResponseData(), RequestInfo: seen}))
	add(resp.Header(), def.GetResponseHeaders())
	add(resp.Trailer(), def.GetResponseTrailers())
	return resp, nil
}

// ServerStream answers one request with several responses.
func (service) ServerStream(ctx context.Context, req *connect.Request[conformancepb.ServerStreamRequest],
	stream *connect.ServerStream[conformancepb.ServerStreamResponse],
) error {
	def := req.Msg.GetResponseDefinition()
	add(stream.ResponseHeader(), def.GetResponseHeaders())
	add(stream.ResponseTrailer(), def.GetResponseTrailers())
	if len(def.GetResponseData()) > 0 {
		if err := stream.Send(nil); err != nil { // the header alone
			return err
		}
	}
	seen := info(ctx, req.Header(), req.Peer().Query, req.Msg)
	for _, data := range def.GetResponseData() {
		time.Sleep(time.Duration(def.GetResponseDelayMs()) * time.Millisecond)
		payload := &conformancepb.ConformancePayload{Data: data, RequestInfo: seen}
		if err := stream.Send(&conformancepb.ServerStreamResponse{Payload: payload}); err != nil {
			return err
		}
		seen = nil // in the first only
	}
	return end(def, seen)
}

// end returns the error that a stream is to end with. It carries what no response has carried.
func end(def *conformancepb.StreamResponseDefinition, seen *conformancepb.ConformancePayload_RequestInfo) error {
	if def.GetError() == nil {
		return nil
	}
	return failure(def.GetError(), seen)
}

// BidiStream answers several requests with several responses: each by one, or all after the last.
func (service) BidiStream(ctx context.Context,
	stream *connect.BidiStream[conformancepb.BidiStreamRequest, conformancepb.BidiStreamResponse],
) error {
	b := bidi{stream: stream}
	for first := true; ; first = false {
		req, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if first {
			b.begin(req)
		}
		b.requests = append(b.requests, req)
		if !b.full {
			continue
		}
		if b.sent == len(b.def.GetResponseData()) {
			break
		}
		if err := b.respond(ctx); err != nil {
			return err
		}
	}
	for b.sent < len(b.def.GetResponseData()) {
		if err := b.respond(ctx); err != nil {
			return err
		}
	}
	if b.sent > 0 {
		return end(b.def, nil)
	}
	return end(b.def, b.seen(ctx))
}

// bidi is a BidiStream under way.
type bidi struct {
	stream   *connect.BidiStream[conformancepb.BidiStreamRequest, conformancepb.BidiStreamResponse]
	def      *conformancepb.StreamResponseDefinition
	full     bool
	requests []proto.Message // that no response has mentioned
	sent     int
}

func (b *bidi) begin(req *conformancepb.BidiStreamRequest) {
	b.def, b.full = req.GetResponseDefinition(), req.GetFullDuplex()
	add(b.stream.ResponseHeader(), b.def.GetResponseHeaders())
	add(b.stream.ResponseTrailer(), b.def.GetResponseTrailers())
}

func (b *bidi) seen(ctx context.Context) *conformancepb.ConformancePayload_RequestInfo {
	return info(ctx, b.stream.RequestHeader(), b.stream.Peer().Query, b.requests...)
}

// respond sends the next response.
func (b *bidi) respond(ctx context.Context) error {
	payload := &conformancepb.ConformancePayload{Data: b.def.GetResponseData()[b.sent]}
	switch {
	case b.sent == 0:
		payload.RequestInfo = b.seen(ctx)
		if err := b.stream.Send(nil); err != nil { // the header alone
			return err
		}
	case b.full:
		payload.RequestInfo = &conformancepb.ConformancePayload_RequestInfo{Requests: packed(b.requests)}
	}
	b.requests = nil
	time.Sleep(time.Duration(b.def.GetResponseDelayMs()) * time.Millisecond)
	b.sent++
	return b.stream.Send(&conformancepb.BidiStreamResponse{Payload: payload})
}

// info tells what arrived.
func info(ctx context.Context, header http.Header, query url.Values,
	requests ...proto.Message) *conformancepb.ConformancePayload_RequestInfo {
	seen := &conformancepb.ConformancePayload_RequestInfo{RequestHeaders: list(header), Requests: packed(requests)}
	if deadline, ok := ctx.Deadline(); ok {
		seen.TimeoutMs = proto.Int64(time.Until(deadline).Milliseconds())
	}
	if len(query) > 0 {
		seen.ConnectGetInfo = &conformancepb.ConformancePayload_ConnectGetInfo{QueryParams: list(query)}
	}
	return seen
}

func packed(messages []proto.Message) (all []*anypb.Any) {
	for _, m := range messages {
		packed, err := anypb.New(m)
		if err != nil {
			panic(err) // a generated message always goes
		}
		all = append(all, packed)
	}
	return all
}

func list(values map[string][]string) (all []*conformancepb.Header) {
	for name, value := range values {
		all = append(all, &conformancepb.Header{Name: name, Value: value})
	}
	return all
}

func add(to http.Header, headers []*conformancepb.Header) {
	for _, h := range headers {
		for _, value := range h.GetValue() {
			to.Add(h.GetName(), value)
		}
	}
}

// failure makes an error with its details, to which it adds what arrived.
func failure(e *conformancepb.Error, seen *conformancepb.ConformancePayload_RequestInfo) *connect.Error {
	err := connect.NewError(connect.Code(e.GetCode()), errors.New(e.GetMessage()))
	details := e.GetDetails()
	if seen != nil {
		details = append(details, packed([]proto.Message{seen})...)
	}
	for _, detail := range details {
		if d, detailErr := connect.NewErrorDetail(detail); detailErr == nil {
			err.AddDetail(d)
		}
	}
	return err
}
