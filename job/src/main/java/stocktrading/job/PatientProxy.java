package stocktrading.job;

import java.io.IOException;
import java.util.Properties;
import java.util.Set;

import org.apache.flink.kinesis.shaded.com.amazonaws.AmazonClientException;
import org.apache.flink.kinesis.shaded.com.amazonaws.AmazonServiceException;
import org.apache.flink.kinesis.shaded.com.amazonaws.AmazonWebServiceRequest;
import org.apache.flink.kinesis.shaded.com.amazonaws.ClientConfiguration;
import org.apache.flink.kinesis.shaded.com.amazonaws.ClientConfigurationFactory;
import org.apache.flink.kinesis.shaded.com.amazonaws.retry.PredefinedBackoffStrategies.FullJitterBackoffStrategy;
import org.apache.flink.kinesis.shaded.com.amazonaws.retry.RetryPolicy;
import org.apache.flink.kinesis.shaded.com.amazonaws.retry.RetryUtils;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.AmazonKinesis;
import org.apache.flink.streaming.connectors.kinesis.proxy.KinesisProxy;
import org.apache.flink.streaming.connectors.kinesis.util.AWSUtil;
import org.apache.flink.util.ExceptionUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connector's access to Kinesis. It retries until a temporary failure has ended: throttling by
 * Kinesis or KMS, limits of calls, errors of the service and of the network.
 *
 * <p>The connector does not retry most of these, so the job restarts. Then every subtask sends new
 * requests, which makes throttling worse.
 */
final class PatientProxy extends KinesisProxy {
    private static final Logger LOG = LoggerFactory.getLogger(PatientProxy.class);

    /** Codes that the SDK does not count as throttling (Kinesis API reference, GetRecords). */
    private static final Set<String> LIMITS = Set.of("LimitExceededException", "KMSThrottlingException");

    /** About four minutes, with pauses of 2.5 s on average. Then the job fails with the error. */
    private static final int MOST_RETRIES = 100;

    private static final int FIRST_PAUSE_MILLIS = 100;
    private static final int LONGEST_PAUSE_MILLIS = 5_000;

    PatientProxy(Properties properties) {
        super(properties);
    }

    @Override
    protected AmazonKinesis createKinesisClient(Properties properties) {
        ClientConfiguration configuration = new ClientConfigurationFactory().getConfig();
        AWSUtil.setAwsClientConfigProperties(configuration, properties);
        configuration.setRetryPolicy(
                new RetryPolicy(
                        PatientProxy::isToBeTriedAgain,
                        new FullJitterBackoffStrategy(FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS),
                        MOST_RETRIES,
                        false));
        // The SDK's own limit would end the retries earlier.
        configuration.setUseThrottleRetries(false);
        return AWSUtil.createKinesisClient(properties, configuration);
    }

    private static boolean isToBeTriedAgain(
            AmazonWebServiceRequest request, AmazonClientException failure, int retries) {
        boolean passes = isPassing(failure);
        if (passes) {
            LOG.warn("{} failed and will be tried again: {}", request.getClass().getSimpleName(), failure.toString());
        }
        return passes;
    }

    private static boolean isPassing(AmazonClientException failure) {
        if (!(failure instanceof AmazonServiceException)) {
            return ExceptionUtils.findThrowable(failure, IOException.class).isPresent();
        }
        AmazonServiceException answer = (AmazonServiceException) failure;
        return answer.getStatusCode() >= 500
                || LIMITS.contains(answer.getErrorCode())
                || RetryUtils.isThrottlingException(answer)
                || RetryUtils.isRetryableServiceException(answer)
                || RetryUtils.isClockSkewError(answer);
    }
}
