package dev.quotary.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * A streaming call with manual flow control. One thread takes the answers; while it waits for one
 * it sends as many requests as the transport is ready for. gRPC's own threads only leave word.
 */
final class Exchange<Q, A> implements Answers<A> {
  private final ClientCall<Q, A> call;
  private final Iterator<? extends Q> requests;
  private boolean sentAll;

  private final Object lock = new Object();
  private final Queue<A> received = new ArrayDeque<>();
  private boolean news;
  private Status ended;
  private Metadata trailers;

  Exchange(Channel channel, MethodDescriptor<Q, A> method, Iterator<? extends Q> requests) {
    this.call = channel.newCall(method, CallOptions.DEFAULT);
    this.requests = requests;
    call.start(new Word(), new Metadata());
    call.request(1);
  }

  @Override
  public boolean hasNext() {
    while (true) {
      synchronized (lock) {
        news = false;
        if (!received.isEmpty()) {
          return true;
        }
        if (ended != null) {
          if (ended.isOk()) {
            return false;
          }
          throw QuotaryException.of(ended, trailers, null, ended.asRuntimeException(trailers));
        }
      }
      if (Thread.currentThread().isInterrupted()) {
        throw interrupted(new InterruptedException());
      }
      if (!sentAll && call.isReady()) {
        send();
      } else {
        await();
      }
    }
  }

  @Override
  public A next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the last answer was taken");
    }
    call.request(1);
    synchronized (lock) {
      return received.remove();
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (ended != null) {
        return;
      }
    }
    call.cancel("the caller closed the answers", null);
  }

  private void send() {
    try {
      if (requests.hasNext()) {
        call.sendMessage(requests.next());
      } else {
        call.halfClose();
        sentAll = true;
      }
    } catch (RuntimeException | Error thrown) {
      call.cancel("the source of the requests failed", thrown);
      throw thrown;
    }
  }

  private void await() {
    synchronized (lock) {
      try {
        while (!news) {
          lock.wait();
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw interrupted(interrupted);
      }
    }
  }

  private QuotaryException interrupted(InterruptedException cause) {
    call.cancel("the caller was interrupted", cause);
    Status status = Status.CANCELLED.withDescription("the caller was interrupted");
    return QuotaryException.of(status, null, null, cause);
  }

  /** What gRPC's threads tell the one that takes the answers. */
  private final class Word extends ClientCall.Listener<A> {
    @Override
    public void onMessage(A message) {
      synchronized (lock) {
        received.add(message);
        wake();
      }
    }

    @Override
    public void onReady() {
      synchronized (lock) {
        wake();
      }
    }

    @Override
    public void onClose(Status status, Metadata metadata) {
      synchronized (lock) {
        ended = status;
        trailers = metadata;
        wake();
      }
    }

    private void wake() {
      news = true;
      lock.notifyAll();
    }
  }
}
