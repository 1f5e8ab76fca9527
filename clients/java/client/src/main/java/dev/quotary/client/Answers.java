package dev.quotary.client;

import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The answers of a streaming call, in order, as they come. Nothing is sent or received ahead of
 * what is taken: the requests are drawn from their source by the thread that takes the answers.
 *
 * <p>Close it, or take all answers; closing it before the last answer cancels the call. A thread
 * that is interrupted while it sends or waits cancels the call too.
 *
 * @param <A> an answer
 */
public interface Answers<A> extends Iterator<A>, AutoCloseable {
  /**
   * Whether another answer comes; waits for it.
   *
   * @throws QuotaryException the call failed
   */
  @Override
  boolean hasNext();

  /**
   * The next answer; waits for it.
   *
   * @throws QuotaryException the call failed
   * @throws java.util.NoSuchElementException there is none left
   */
  @Override
  A next();

  /** Cancels the call unless it has ended. */
  @Override
  void close();

  /** The answers as a stream; closing it closes these answers. */
  default Stream<A> stream() {
    int traits = Spliterator.ORDERED | Spliterator.NONNULL;
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false)
        .onClose(this::close);
  }
}
