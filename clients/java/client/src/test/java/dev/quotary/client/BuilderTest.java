package dev.quotary.client;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quotary.v1.LicenceTierServiceGrpc;
import dev.quotary.v1.QuoteServiceGrpc;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuilderTest {
  private static QuotaryClient.Builder builder(Map<String, String> environment) {
    return new QuotaryClient.Builder(environment);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:50051",
        "http://localhost:50051",
        "[::1]:50051",
        "https://quotary.example:443",
        "unix:/run/quotary.sock"
      })
  void aTokenIsSentToLoopbackAndOverTls(String address) {
    assertDoesNotThrow(() -> builder(Map.of()).address(address).token("secret").build().close());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"quotary.example:80", "http://127.example.org:80", "http://10.0.0.1:50051"})
  void aTokenIsNeverSentInTheClearToAnotherMachine(String address) {
    var builder = builder(Map.of()).address(address).token("secret");
    assertThrows(IllegalStateException.class, builder::build);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quotary.example", "", "http://", "host:port", "http://host:1/path"})
  void whatIsNoAddressIsRefused(String address) {
    var builder = builder(Map.of()).address(address);
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void theEnvironmentSaysWhatTheCodeDoesNot() {
    assertThrows(IllegalStateException.class, () -> builder(Map.of()).build());
    var environment = Map.of("QUOTARY_TARGET", "127.0.0.1:1");
    assertDoesNotThrow(() -> builder(environment).build().close());
    var inTheClear = Map.of("QUOTARY_TARGET", "10.0.0.1:1", "QUOTARY_TOKEN_FILE", "/token");
    assertThrows(IllegalStateException.class, () -> builder(inTheClear).build());
    assertDoesNotThrow(() -> builder(inTheClear).address("127.0.0.1:1").build().close());
  }

  @Test
  void aCertificateAndItsKeyGoTogether() {
    var environment = Map.of("QUOTARY_TARGET", "127.0.0.1:1", "QUOTARY_CERT", "/cert.pem");
    assertThrows(IllegalStateException.class, () -> builder(environment).build());
  }

  @Test
  void addressesAreThoseOfGrpc() {
    assertEquals("host:1", Target.of("https://host:1/").uri());
    assertTrue(Target.of("https://host:1").tls());
    assertFalse(Target.of("host:1").tls());
    assertEquals("unix:/run/q", Target.of("unix:/run/q").uri());
  }

  @Test
  void theServiceConfigOfTheContractIsShipped() {
    ServiceConfig config = ServiceConfig.shipped();
    assertEquals(Duration.ofSeconds(30), config.timeout(QuoteServiceGrpc.getPriceQuoteMethod()));
    assertEquals(
        Duration.ofSeconds(600), config.timeout(QuoteServiceGrpc.getBatchPriceQuotesMethod()));
    assertEquals(
        Duration.ofSeconds(600),
        config.timeout(LicenceTierServiceGrpc.getCountBillableUsersMethod()));
    assertTrue(config.ofChannel.toString().contains("UNAVAILABLE"));
    assertFalse(config.ofChannel.toString().contains("timeout"));
    assertNull(RequestIds.of("no message"));
  }
}
