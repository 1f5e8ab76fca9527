package dev.quotary.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.ServiceDescriptor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ServicesTest {
  /**
   * Every call of the contract is a method of one of the client's services, and there is no other.
   */
  @Test
  void everyCallIsThere() throws Exception {
    var contract = new TreeMap<String, String>();
    try (var files = Files.list(Path.of("target/classes/dev/quotary/v1"))) {
      for (Path file : files.filter(each -> each.toString().endsWith("Grpc.class")).toList()) {
        String name = file.getFileName().toString().replace(".class", "");
        var service =
            (ServiceDescriptor)
                Class.forName("dev.quotary.v1." + name)
                    .getMethod("getServiceDescriptor")
                    .invoke(null);
        for (var method : service.getMethods()) {
          String bare = method.getBareMethodName();
          contract.put(Character.toLowerCase(bare.charAt(0)) + bare.substring(1), name);
        }
      }
    }
    var offered = new TreeSet<String>();
    for (Method accessor : QuotaryClient.class.getMethods()) {
      Class<?> service = accessor.getReturnType();
      if (accessor.getParameterCount() == 0 && isService(service)) {
        for (Method call : service.getDeclaredMethods()) {
          if (Modifier.isPublic(call.getModifiers())) {
            offered.add(call.getName());
          }
        }
      }
    }
    assertEquals(contract.keySet(), offered);
  }

  private static boolean isService(Class<?> type) {
    return type.getPackage() == QuotaryClient.class.getPackage()
        && type.getDeclaredConstructors().length == 1
        && type.getDeclaredConstructors()[0].getParameterCount() == 1
        && type.getDeclaredConstructors()[0].getParameterTypes()[0] == Calls.class;
  }
}
