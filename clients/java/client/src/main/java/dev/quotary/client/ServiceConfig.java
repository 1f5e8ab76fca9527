package dev.quotary.client;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The contract's service config, as it is published with the contract.
 *
 * <p>gRPC takes the shorter of a config's timeout and a call's deadline, so that no one could wait
 * longer. The retries are left to gRPC; the timeouts are made deadlines of the calls that have
 * none.
 */
final class ServiceConfig {
  private static final String NAME = "service_config.json";

  /** What the channel is given: everything but the timeouts. */
  final Map<String, Object> ofChannel;

  /**
   * Timeouts by {@code service/method}, {@code service/}, and for everything else the empty name.
   */
  private final Map<String, Duration> timeouts = new HashMap<>();

  private ServiceConfig(Map<String, Object> parsed) {
    ofChannel = parsed;
    for (Map<String, Object> each : list(parsed.get("methodConfig"))) {
      Object timeout = each.remove("timeout");
      for (Map<String, Object> name : list(each.get("name"))) {
        if (timeout != null) {
          timeouts.put(key(name), seconds((String) timeout));
        }
      }
    }
  }

  static ServiceConfig shipped() {
    try (InputStream file = ServiceConfig.class.getResourceAsStream(NAME)) {
      var reader = new InputStreamReader(file, StandardCharsets.UTF_8);
      return new ServiceConfig(
          new Gson().fromJson(reader, new TypeToken<Map<String, Object>>() {}));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** How long a call may take; null when the config does not say. */
  Duration timeout(MethodDescriptor<?, ?> method) {
    Duration ofService = timeouts.getOrDefault(method.getServiceName() + "/", timeouts.get(""));
    return timeouts.getOrDefault(method.getFullMethodName(), ofService);
  }

  /** Gives each call without a deadline its timeout, or another where one is given. */
  ClientInterceptor deadlines(Duration other) {
    return new ClientInterceptor() {
      @Override
      public <Q, A> ClientCall<Q, A> interceptCall(
          MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        Duration timeout = other != null ? other : timeout(method);
        boolean given = options.getDeadline() != null || timeout == null;
        return next.newCall(method, given ? options : options.withDeadlineAfter(timeout));
      }
    };
  }

  private static String key(Map<String, Object> name) {
    return name.isEmpty() ? "" : name.get("service") + "/" + name.getOrDefault("method", "");
  }

  private static Duration seconds(String timeout) {
    BigDecimal seconds = new BigDecimal(timeout.substring(0, timeout.length() - 1));
    return Duration.ofNanos(seconds.movePointRight(9).longValueExact());
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Object value) {
    return value == null ? List.of() : (List<Map<String, Object>>) value;
  }
}
