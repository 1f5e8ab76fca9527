package dev.quotary.client;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A connection to a Quotary server, with the calls of each service.
 *
 * <pre>{@code
 * try (var client = QuotaryClient.builder().address("127.0.0.1:50051").build()) {
 *   PriceQuoteResponse priced = client.quotes().priceQuote(request);
 *   System.out.print(Explanation.receipt(priced));
 * }
 * }</pre>
 *
 * <p>It is safe for use by several threads. A call that fails throws {@link QuotaryException}; what
 * the rules refuse is an answer. UNAVAILABLE is repeated as the contract's service config says, and
 * a changing call without a request id is given one, so that a repeated call has one effect. A
 * thread that is interrupted while it waits cancels its call, and so does a cancelled {@link
 * io.grpc.Context}.
 */
public final class QuotaryClient implements AutoCloseable {
  private final ManagedChannel connection;
  private final ServiceConfig config;
  private final List<ClientInterceptor> interceptors;
  private final Duration deadline;
  private final Channel channel;
  private final Calls calls;

  private QuotaryClient(
      ManagedChannel connection,
      ServiceConfig config,
      List<ClientInterceptor> interceptors,
      Duration deadline) {
    this.connection = connection;
    this.config = config;
    this.interceptors = interceptors;
    this.deadline = deadline;
    var all = new ArrayList<>(interceptors);
    all.add(new RequestIds());
    all.add(config.deadlines(deadline));
    this.channel = ClientInterceptors.intercept(connection, all);
    this.calls = new Calls(channel);
  }

  /** How to connect. */
  public static Builder builder() {
    return new Builder(System.getenv());
  }

  /**
   * A client over a channel of your own: one in the same process, say. It gets the contract's
   * retries; a token, TLS and the size of answers are the channel's.
   */
  public static QuotaryClient over(ManagedChannelBuilder<?> channel) {
    ServiceConfig config = ServiceConfig.shipped();
    // The channel in the same process repeats nothing unless it is told to.
    channel.defaultServiceConfig(config.ofChannel).enableRetry();
    return new QuotaryClient(channel.build(), config, List.of(), null);
  }

  /** Prices orders, keeps quotes and turns them into orders. */
  public Quotes quotes() {
    return new Quotes(calls);
  }

  /** Orders, payments, invoices and fulfilment. */
  public Orders orders() {
    return new Orders(calls);
  }

  /** Taxes and tax identifiers. */
  public Taxes taxes() {
    return new Taxes(calls);
  }

  /** Refunds. */
  public Refunds refunds() {
    return new Refunds(calls);
  }

  /** Licence tiers, users, terms and upgrades. */
  public LicenceTiers tiers() {
    return new LicenceTiers(calls);
  }

  /** Trials, renewals, sales, cancellations, maintenance and billing accounts. */
  public Subscriptions subscriptions() {
    return new Subscriptions(calls);
  }

  /** What someone is entitled to. */
  public Entitlements entitlements() {
    return new Entitlements(calls);
  }

  /** What became of a changing call. */
  public Changes changes() {
    return new Changes(calls);
  }

  /** Editions and rules. */
  public Rulebook rulebook() {
    return new Rulebook(calls);
  }

  /** The calls by their descriptors, for tools that do not know which call they make. */
  public Calls calls() {
    return calls;
  }

  /**
   * The channel with all that this client does to a call, for gRPC's own stubs: {@code
   * QuoteServiceGrpc.newFutureStub(client.channel())}.
   */
  public Channel channel() {
    return channel;
  }

  /** The same connection with another deadline for each call. */
  public QuotaryClient withDeadline(Duration deadline) {
    return new QuotaryClient(connection, config, interceptors, deadline);
  }

  /** The same connection with an interceptor for each call, closest to the caller. */
  public QuotaryClient withInterceptor(ClientInterceptor interceptor) {
    var more = new ArrayList<>(interceptors);
    more.add(interceptor);
    return new QuotaryClient(connection, config, more, deadline);
  }

  /**
   * Closes the connection, also for what {@code with...} made of it; calls under way are cancelled.
   */
  @Override
  public void close() {
    connection.shutdownNow();
    try {
      connection.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * How to connect. What is not said here is taken from the environment: QUOTARY_TARGET,
   * QUOTARY_TOKEN_FILE, QUOTARY_CA, QUOTARY_CERT and QUOTARY_KEY.
   */
  public static final class Builder {
    private final Map<String, String> environment;
    private String address;
    private Supplier<String> token;
    private Path ca;
    private Path certificate;
    private Path key;
    private Duration deadline;
    private int maxAnswerBytes = 4 * 1024 * 1024;

    Builder(Map<String, String> environment) {
      this.environment = environment;
    }

    /**
     * Where the server is: {@code host:port}, {@code http://host:port}, {@code https://host:port}
     * or {@code unix:/path}.
     */
    public Builder address(String address) {
      this.address = address;
      return this;
    }

    /** The bearer token of every call. Only over TLS, or to loopback. */
    public Builder token(String token) {
      this.token = () -> token;
      return this;
    }

    /** A file that holds the bearer token; it is read for each call, so that it may be renewed. */
    public Builder tokenFile(Path file) {
      this.token = () -> read(file);
      return this;
    }

    /**
     * A PEM file of the authorities that may have signed the server's certificate; makes it TLS.
     */
    public Builder authorities(Path pem) {
      this.ca = pem;
      return this;
    }

    /** PEM files of the client's own certificate and its private key; makes it TLS. */
    public Builder certificate(Path pem, Path privateKey) {
      this.certificate = pem;
      this.key = privateKey;
      return this;
    }

    /** How long a call may take. Otherwise 30 seconds, and 600 a stream. */
    public Builder deadline(Duration deadline) {
      this.deadline = deadline;
      return this;
    }

    /** The largest answer that is taken, in bytes. Otherwise 4 MiB. */
    public Builder maxAnswerBytes(int bytes) {
      this.maxAnswerBytes = bytes;
      return this;
    }

    /**
     * A client. It connects with its first call.
     *
     * @throws IllegalStateException no address is known, a certificate has no key, or a token would
     *     be sent in the clear
     * @throws UncheckedIOException a certificate cannot be read
     */
    public QuotaryClient build() {
      takeTheRestFromTheEnvironment();
      if (address == null) {
        throw new IllegalStateException("no address: call address(...) or set QUOTARY_TARGET");
      }
      Target target = Target.of(address);
      boolean tls = target.tls() || ca != null || certificate != null;
      if (token != null && !tls && !target.isLoopback()) {
        throw new IllegalStateException(
            "a token is never sent in the clear to another machine: write https://, not "
                + address);
      }
      ServiceConfig config = ServiceConfig.shipped();
      ManagedChannelBuilder<?> builder =
          Grpc.newChannelBuilder(target.uri(), tls ? tls() : InsecureChannelCredentials.create())
              .defaultServiceConfig(config.ofChannel)
              .maxInboundMessageSize(maxAnswerBytes);
      if (target.isLoopback()) {
        builder.proxyDetector(anyone -> null);
      }
      List<ClientInterceptor> first = token == null ? List.of() : List.of(new Token(token));
      return new QuotaryClient(builder.build(), config, first, deadline);
    }

    private void takeTheRestFromTheEnvironment() {
      address = address != null ? address : environment.get("QUOTARY_TARGET");
      ca = ca != null ? ca : path("QUOTARY_CA");
      if (certificate == null) {
        certificate = path("QUOTARY_CERT");
        key = path("QUOTARY_KEY");
      }
      if ((certificate == null) != (key == null)) {
        throw new IllegalStateException("a certificate and its key go together");
      }
      Path tokenFile = path("QUOTARY_TOKEN_FILE");
      if (token == null && tokenFile != null) {
        tokenFile(tokenFile);
      }
    }

    private Path path(String variable) {
      String value = environment.get(variable);
      return value == null || value.isEmpty() ? null : Path.of(value);
    }

    private ChannelCredentials tls() {
      try {
        var builder = TlsChannelCredentials.newBuilder();
        if (ca != null) {
          builder.trustManager(ca.toFile());
        }
        if (certificate != null) {
          builder.keyManager(certificate.toFile(), key.toFile());
        }
        return builder.build();
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }

    private static String read(Path file) {
      try {
        return Files.readString(file).strip();
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
  }
}
