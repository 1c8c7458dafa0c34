import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.address.SipUri;
import gov.nist.javax.sip.header.*;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.parser.*;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import javax.sip.address.Address;
import javax.sip.header.ExtensionHeader;
import javax.sip.header.Header;

/**
 * Driver puts texts through the SIP stack of an EdgePort. Each line of the standard input is a transport, a space and a
 * text in base64; each line of the standard output is a JSON array: the outcome, and for a message that gets to the
 * EdgePort's converters what they take of it, as name=value.
 */
public class Driver {
  /** The pipeline of streams, which hands its messages on at once. */
  static SIPTransactionStack stack;
  static boolean refused;
  static int parsed;

  public static void main(String[] args) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
      e.printStackTrace();
      System.exit(1); // the stack's timers would go on
    });
    Properties props = new Properties();
    props.setProperty("javax.sip.STACK_NAME", "driver");
    props.setProperty("gov.nist.javax.sip.TRACE_LEVEL", "0");
    stack = new SipStackImpl(props);
    set("selfRoutingThreadpoolExecutor", new ScheduledThreadPoolExecutor(1) {
      @Override public void execute(Runnable task) { task.run(); }
    });
    set("messageParserFactory", (MessageParserFactory) s -> new Recorder());
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int space = line.indexOf(' ');
      out.println(json(one(line.substring(0, space), Base64.getDecoder().decode(line.substring(space + 1)))));
      out.flush();
    }
    System.exit(0); // the stack's timers would go on
  }

  static void set(String name, Object value) throws Exception {
    var field = SIPTransactionStack.class.getDeclaredField(name);
    field.setAccessible(true);
    field.set(stack, value);
  }

  /** Recorder is the parser of a stream, and remembers that it threw. */
  static class Recorder extends StringMsgParser {
    @Override
    public SIPMessage parseSIPMessage(byte[] b, boolean readBody, boolean strict, ParseExceptionListener l)
        throws ParseException {
      try {
        return super.parseSIPMessage(b, readBody, strict, l);
      } catch (ParseException | RuntimeException e) {
        refused |= parsed == 0; // only the first message of a stream counts
        throw e;
      } finally {
        parsed++;
      }
    }
  }

  /** What the EdgePort's enums have names for. */
  static final Set<String> METHODS = Set.of("UNKNOWN", "REGISTER", "MESSAGE", "INVITE", "ACK", "BYE", "CANCEL", "NOTIFY",
      "OPTIONS", "REFER", "SUBSCRIBE", "PUBLISH", "UPDATE", "INFO", "PRACK");
  static final Set<String> TRANSPORTS = Set.of("TCP", "UDP", "TLS", "SCTP", "WS", "WSS");
  static final Set<Integer> STATUSES = Set.of(100, 180, 181, 182, 183, 200, 202, 300, 301, 302, 305, 380, 400, 401, 402, 403,
      404, 405, 406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 423, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491,
      493, 500, 501, 502, 503, 504, 505, 513, 600, 603, 604, 606);

  static List<String> one(String transport, byte[] text) {
    SIPMessage message;
    refused = false;
    parsed = 0;
    try {
      message = transport.equals("udp") ? datagram(text) : stream(text);
    } catch (ParseException | RuntimeException e) {
      return List.of("refused");
    } catch (OutOfMemoryError e) {
      return List.of("endless");
    }
    if (refused) {
      return List.of("refused");
    }
    if (message == null || message.getFrom() == null || message.getTo() == null || message.getCallId() == null
        || message.getCSeq() == null || message.getTopmostVia() == null) {
      return List.of("dropped");
    }
    if (message instanceof SIPRequest) {
      SIPRequest request = (SIPRequest) message;
      anew(request.getTopmostVia());
      if (!request.getMethod().equalsIgnoreCase(request.getCSeq().getMethod())) {
        return List.of("dropped");
      }
    } else {
      SIPResponse response = (SIPResponse) message;
      int status = response.getStatusCode();
      if (status > 699 || status == 100 || status == 487 || response.getCSeq().getMethod().equals("CANCEL")) {
        return List.of("dropped"); // by the stack or by the EdgePort's listener
      }
    }
    List<String> out = new ArrayList<>();
    out.add("converted");
    try {
      convert(message, out);
    } catch (RuntimeException e) {
      return List.of("lost");
    }
    return out;
  }

  /** anew drops an rport that is no number: the stack writes the port into the top Via of a request. */
  static void anew(Via via) {
    try {
      via.getRPort();
    } catch (NumberFormatException e) {
      try {
        via.setParameter("rport", null);
      } catch (ParseException never) {
        throw new IllegalStateException(never);
      }
    }
  }

  /** datagram parses as over UDP, where a bad vital header refuses the message. */
  static SIPMessage datagram(byte[] text) throws ParseException {
    return new StringMsgParser().parseSIPMessage(text, true, false, (e, message, kind, header, all) -> {
      if (kind == From.class || kind == To.class || kind == CSeq.class || kind == Via.class || kind == CallID.class
          || kind == ContentLength.class || kind == RequestLine.class || kind == StatusLine.class) {
        throw e;
      }
      message.addUnparsed(header);
    });
  }

  /** stream parses as over TCP and returns the first message. */
  static SIPMessage stream(byte[] text) {
    SIPMessage[] first = new SIPMessage[1];
    NioPipelineParser pipeline = new NioPipelineParser(stack, new SIPMessageListener() {
      @Override public void processMessage(SIPMessage message) {
        if (first[0] == null && parsed == 1) first[0] = message;
      }
      @Override public void sendSingleCLRF() {}
      @Override public void handleException(ParseException e, SIPMessage m, Class c, String h, String t) {}
    }, 0);
    try {
      pipeline.addBytes(text);
    } catch (Exception e) {
      return first[0]; // what follows the first message doesn't matter
    }
    return first[0];
  }

  static void convert(SIPMessage message, List<String> out) {
    if (message instanceof SIPRequest) {
      SIPRequest request = (SIPRequest) message;
      out.add("method=" + named(METHODS, request.getMethod().toUpperCase()));
      uri(out, "requestUri", (SipUri) request.getRequestURI());
    } else {
      SIPResponse response = (SIPResponse) message;
      out.add("method=" + named(METHODS, response.getCSeq().getMethod().toUpperCase()));
      out.add("status=" + named(STATUSES, response.getStatusCode()));
      add(out, "reason", response.getReasonPhrase());
    }
    named(TRANSPORTS, message.getTopmostVia().getTransport().toUpperCase());
    if (message.getContent() != null) {
      out.add("body=" + new String(message.getRawContent(), StandardCharsets.UTF_8));
    }
    int extensions = 0;
    for (ListIterator<String> names = message.getHeaderNames(); names.hasNext();) {
      Header header = message.getHeader(names.next());
      String name = header.getName();
      if (header instanceof Via || header instanceof Route || header instanceof RecordRoute) {
        int i = 0;
        for (ListIterator<SIPHeader> all = message.getHeaders(name); all.hasNext(); i++) {
          repeated(out, i, all.next());
        }
      } else if (!own(out, header)) {
        for (Iterator<SIPHeader> all = each(message, name, header); all.hasNext(); extensions++) {
          SIPHeader h = all.next();
          out.add("extension" + extensions + "=" + h.getName() + ": " + value(h));
        }
      }
    }
  }

  /** named throws where an enum has no such name, as the EdgePort does. */
  static <T> T named(Set<T> names, T name) {
    if (!names.contains(name)) throw new IllegalArgumentException("no name: " + name);
    return name;
  }

  static Iterator<SIPHeader> each(SIPMessage message, String name, Header header) {
    List<SIPHeader> all = new ArrayList<>();
    message.getHeaders(name).forEachRemaining(all::add);
    return all.iterator();
  }

  /** value is what the EdgePort takes of an extension. */
  static String value(SIPHeader header) {
    if (header instanceof ExtensionHeader) {
      return ((ExtensionHeader) header).getValue();
    }
    return header.toString().split(header.getName() + ":")[1].trim();
  }

  static void repeated(List<String> out, int i, SIPHeader header) {
    if (header instanceof Via) {
      Via via = (Via) header;
      String at = "via" + i;
      out.add(at + ".host=" + via.getHost());
      out.add(at + ".port=" + via.getPort());
      out.add(at + ".transport=" + via.getTransport());
      out.add(at + ".rport=" + via.getRPort() + via.hasParameter("rport"));
      out.add(at + ".ttl=" + via.getTTL());
      add(out, at + ".branch", via.getBranch());
      add(out, at + ".received", via.getReceived());
      add(out, at + ".maddr", via.getMAddr());
      return;
    }
    AddressParametersHeader h = (AddressParametersHeader) header;
    String at = (header instanceof Route ? "route" : "recordRoute") + i;
    address(out, at, h.getAddress());
    parameters(out, at, h);
  }

  /** own takes the headers that have a field of their own. */
  static boolean own(List<String> out, Header header) {
    if (header instanceof From || header instanceof To) {
      AddressParametersHeader h = (AddressParametersHeader) header;
      address(out, header.getName(), h.getAddress());
      parameters(out, header.getName(), h);
      add(out, header.getName() + ".tag", h.getParameter("tag"));
    } else if (header instanceof Contact) {
      Contact contact = (Contact) header;
      out.add("contact.expires=" + contact.getExpires());
      out.add("contact.q=" + bits(contact.getQValue()));
      out.add("contact.wildcard=" + contact.getAddress().isWildcard());
      address(out, "contact", contact.getAddress());
    } else if (header instanceof CallID) {
      out.add("callId=" + ((CallID) header).getCallId());
    } else if (header instanceof MaxForwards) {
      out.add("maxForwards=" + ((MaxForwards) header).getMaxForwards());
    } else if (header instanceof Expires) {
      out.add("expires=" + ((Expires) header).getExpires());
    } else if (header instanceof ContentLength) {
      out.add("contentLength=" + ((ContentLength) header).getContentLength());
    } else if (header instanceof Authorization) {
      Authorization a = (Authorization) header;
      credentials(out, "authorization", a);
      add(out, "authorization.cnonce", a.getCNonce());
      add(out, "authorization.response", a.getResponse());
      add(out, "authorization.username", a.getUsername());
      add(out, "authorization.uri", a.getURI() == null ? null : a.getURI().toString());
      out.add("authorization.nc=" + a.getNonceCount());
    } else if (header instanceof WWWAuthenticate) {
      credentials(out, "wwwAuthenticate", (WWWAuthenticate) header);
      add(out, "wwwAuthenticate.domain", ((WWWAuthenticate) header).getDomain());
    } else {
      return false;
    }
    return true;
  }

  static int bits(float f) { return Float.floatToIntBits(f); }

  static void credentials(List<String> out, String at, AuthenticationHeader a) {
    add(out, at + ".scheme", a.getScheme());
    add(out, at + ".realm", a.getRealm());
    add(out, at + ".nonce", a.getNonce());
    add(out, at + ".algorithm", a.getAlgorithm());
    add(out, at + ".qop", a.getQop());
    add(out, at + ".opaque", a.getOpaque());
  }

  static void parameters(List<String> out, String at, AddressParametersHeader h) {
    for (Iterator<String> names = h.getParameterNames(); names.hasNext();) {
      String name = names.next();
      String value = h.getParameter(name);
      if (value == null) throw new NullPointerException("a map of protobuf takes no null");
      out.add(at + ";" + name + "=" + value);
    }
  }

  static void address(List<String> out, String at, Address a) {
    add(out, at + ".name", a.getDisplayName());
    uri(out, at, (SipUri) a.getURI());
  }

  static void uri(List<String> out, String at, SipUri uri) {
    at += ".uri";
    out.add(at + ".port=" + uri.getPort());
    out.add(at + ".ttl=" + uri.getTTLParam());
    out.add(at + ".secure=" + uri.isSecure() + uri.hasLrParam() + (uri.getParameter("bnc") != null));
    add(out, at + ".user", uri.getUser());
    add(out, at + ".host", uri.getHost());
    add(out, at + ".password", uri.getUserPassword());
    add(out, at + ".transport", uri.getTransportParam());
    add(out, at + ".method", uri.getMethodParam());
    add(out, at + ".userParam", uri.getUserParam());
  }

  /** add leaves out what protobuf doesn't tell from nothing. */
  static void add(List<String> out, String name, String value) {
    if (value != null && !value.isEmpty()) out.add(name + "=" + value);
  }

  static String json(List<String> all) {
    StringBuilder out = new StringBuilder("[");
    for (String s : all) {
      if (out.length() > 1) out.append(',');
      out.append('"');
      for (char c : s.toCharArray()) {
        if (c == '"' || c == '\\' || c < ' ' || c > '~') {
          out.append(String.format("\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
      out.append('"');
    }
    return out.append(']').toString();
  }
}
