package dev.quotary.client;

/** An address as it was given, and as gRPC wants it. */
record Target(String uri, boolean tls, String host) {
  private static final String UNIX = "unix:";

  static Target of(String address) {
    if (address.startsWith(UNIX)) {
      return new Target(address, false, UNIX);
    }
    boolean tls = address.startsWith("https://");
    String rest = address.replaceFirst("^https?://", "").replaceFirst("/$", "");
    int colon = rest.lastIndexOf(':');
    if (colon < 1 || !rest.substring(colon + 1).matches("\\d{1,5}") || rest.contains("/")) {
      throw new IllegalArgumentException(
          "'%s' is no address such as 127.0.0.1:50051 or https://quotary.example:443"
              .formatted(address));
    }
    String host = rest.substring(0, colon).replaceAll("[\\[\\]]", "");
    return new Target(rest, tls, host);
  }

  boolean isLoopback() {
    return host.equals(UNIX)
        || host.equals("localhost")
        || host.equals("::1")
        || host.matches("127(\\.\\d{1,3}){3}");
  }
}
